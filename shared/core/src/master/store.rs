//! Shops: where they stand, whose they are, when they are open.

use super::{CellError, Cells, Column, Record, Table, needed, optional};
use crate::pricing::names::{DealerId, RegionCode, StoreFormat, StoreRef};

/// A shop. What only people read is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StoreRecord {
    /// Its id.
    #[n(0)]
    pub store: StoreRef,
    /// The dealer who runs it.
    #[n(1)]
    pub dealer: DealerId,
    /// Its format.
    #[n(2)]
    pub format: StoreFormat,
    /// City.
    #[n(3)]
    pub city: String,
    /// Region by ISO 3166-2.
    #[n(4)]
    pub region: RegionCode,
    /// Name of the region.
    #[n(5)]
    pub region_name: String,
    /// Federal district.
    #[n(6)]
    pub district: String,
    /// Address.
    #[n(7)]
    pub address: String,
    /// Latitude in degrees, as written.
    #[n(8)]
    pub latitude: String,
    /// Longitude in degrees, as written.
    #[n(9)]
    pub longitude: String,
    /// IANA name of its time zone.
    #[n(10)]
    pub time_zone: String,
    /// People in its city.
    #[n(11)]
    pub city_population: u32,
    /// Area in square metres.
    #[n(12)]
    pub area_m2: u32,
    /// Tills.
    #[n(13)]
    pub tills: u8,
    /// Opens at, `09:00`.
    #[n(14)]
    pub opens: String,
    /// Closes at; may be `24:00`.
    #[n(15)]
    pub closes: String,
    /// Its line to the network.
    #[n(16)]
    pub uplink: String,
    /// Date of its opening, as written.
    #[n(17)]
    pub opened_on: String,
}

impl Record for StoreRecord {
    const TABLE: Table = Table::Stores;
    const COLUMNS: &'static [Column] = &[
        needed("store_id"),
        needed("dealer_id"),
        needed("format"),
        optional("city"),
        needed("region_iso"),
        optional("region"),
        optional("federal_district"),
        optional("address"),
        optional("lat"),
        optional("lon"),
        needed("tz"),
        optional("city_population"),
        optional("area_m2"),
        optional("tills"),
        optional("opens"),
        optional("closes"),
        optional("uplink"),
        optional("opened_on"),
    ];

    fn key(&self) -> String {
        self.store.to_string()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let text = |column| cells.text(column).map(str::to_owned);
        Ok(Self {
            store: cells.needed("store_id")?.into(),
            dealer: cells.needed("dealer_id")?.into(),
            format: cells.needed("format")?.into(),
            city: text("city")?,
            region: cells.needed("region_iso")?.into(),
            region_name: text("region")?,
            district: text("federal_district")?,
            address: text("address")?,
            latitude: text("lat")?,
            longitude: text("lon")?,
            time_zone: cells.needed("tz")?.to_owned(),
            city_population: cells.number_or("city_population", 0)?,
            area_m2: cells.number_or("area_m2", 0)?,
            tills: cells.number_or("tills", 1)?,
            opens: text("opens")?,
            closes: text("closes")?,
            uplink: text("uplink")?,
            opened_on: text("opened_on")?,
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.store.to_string(),
            self.dealer.to_string(),
            self.format.to_string(),
            self.city.clone(),
            self.region.to_string(),
            self.region_name.clone(),
            self.district.clone(),
            self.address.clone(),
            self.latitude.clone(),
            self.longitude.clone(),
            self.time_zone.clone(),
            self.city_population.to_string(),
            self.area_m2.to_string(),
            self.tills.to_string(),
            self.opens.clone(),
            self.closes.clone(),
            self.uplink.clone(),
            self.opened_on.clone(),
        ]
    }
}
