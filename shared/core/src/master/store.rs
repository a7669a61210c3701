//! Stores: where they are, when they are open, and how they are connected.

use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::moment::DayMinute;
use crate::pricing::names::{DealerId, RegionCode, StoreFormat, StoreRef};
use crate::time::BusinessDate;

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StoreRecord {
    /// Its code.
    #[n(0)]
    pub store: StoreRef,
    /// The dealer who runs it.
    #[n(1)]
    pub dealer: DealerId,
    /// Its format.
    #[n(2)]
    pub format: StoreFormat,
    /// Its city.
    #[n(3)]
    pub city: String,
    /// Its region by ISO 3166-2.
    #[n(4)]
    pub region: RegionCode,
    /// Name of its region.
    #[n(5)]
    pub region_name: String,
    /// Its federal district.
    #[n(6)]
    pub federal_district: String,
    /// Its address.
    #[n(7)]
    pub address: String,
    /// Latitude in degrees, as written: it is shown, never counted with.
    #[n(8)]
    pub lat: String,
    /// Longitude in degrees, as written.
    #[n(9)]
    pub lon: String,
    /// Its time zone by the IANA list; whoever reads the clock knows whether there is such a zone.
    #[n(10)]
    pub tz: String,
    /// How many people live in the city.
    #[n(11)]
    pub city_population: u64,
    /// Its floor, in square metres.
    #[n(12)]
    pub area_m2: u32,
    /// How many tills it has.
    #[n(13)]
    pub tills: u16,
    /// When it opens.
    #[n(14)]
    pub opens: Option<DayMinute>,
    /// When it closes; 24:00 is the end of the day.
    #[n(15)]
    pub closes: Option<DayMinute>,
    /// How it is connected.
    #[n(16)]
    pub uplink: String,
    /// The day it was opened.
    #[n(17)]
    pub opened_on: Option<BusinessDate>,
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
        Ok(Self {
            store: cells.needed("store_id")?.into(),
            dealer: cells.needed("dealer_id")?.into(),
            format: cells.needed("format")?.into(),
            city: cells.text("city")?.to_owned(),
            region: cells.needed("region_iso")?.into(),
            region_name: cells.text("region")?.to_owned(),
            federal_district: cells.text("federal_district")?.to_owned(),
            address: cells.text("address")?.to_owned(),
            lat: degrees(cells, "lat")?,
            lon: degrees(cells, "lon")?,
            tz: cells.needed("tz")?.to_owned(),
            city_population: cells.number_or("city_population", 0)?,
            area_m2: cells.number_or("area_m2", 0)?,
            tills: cells.number_or("tills", 1)?,
            opens: day_minute(cells, "opens")?,
            closes: day_minute(cells, "closes")?,
            uplink: cells.text("uplink")?.to_owned(),
            opened_on: cells.optional_date("opened_on")?,
        })
    }

    fn cells(&self) -> Vec<String> {
        let minute =
            |minute: Option<DayMinute>| minute.map_or_else(String::new, |at| at.to_string());
        let opened_on = self.opened_on;
        vec![
            self.store.to_string(),
            self.dealer.to_string(),
            self.format.to_string(),
            self.city.clone(),
            self.region.to_string(),
            self.region_name.clone(),
            self.federal_district.clone(),
            self.address.clone(),
            self.lat.clone(),
            self.lon.clone(),
            self.tz.clone(),
            self.city_population.to_string(),
            self.area_m2.to_string(),
            self.tills.to_string(),
            minute(self.opens),
            minute(self.closes),
            self.uplink.clone(),
            opened_on.map_or_else(String::new, |date| date.to_string()),
        ]
    }
}

fn degrees(cells: &Cells<'_>, column: &'static str) -> Result<String, CellError> {
    let text = cells.text(column)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| {
        (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if text.is_empty() || (is_number(whole) && is_number(decimals)) {
        return Ok(text.to_owned());
    }
    Err(cells.bad(column, Rule::Decimal))
}

fn day_minute(cells: &Cells<'_>, column: &'static str) -> Result<Option<DayMinute>, CellError> {
    match cells.text(column)? {
        "" => Ok(None),
        text => match DayMinute::parse(text) {
            Some(minute) => Ok(Some(minute)),
            None => Err(cells.bad(column, Rule::DayTime)),
        },
    }
}
