//! What is exported is read again as the same records, and its formulas are disarmed.

use super::*;
use crate::import::export;

fn check(tables: &Tables, table: Table) {
    let spec = table.spec().unwrap();
    let mut file = Vec::new();
    export::csv(spec, tables, &mut file).unwrap();
    let mut again = Tables::default();
    let ask = Ask {
        table: Some(table),
        ..Ask::default()
    };
    let preview = again.load(&file, &ask, Mode::OnlyChanges);
    assert_eq!(preview.refused, vec![]);
    assert_eq!(&again, tables);
    let mut second = Vec::new();
    export::csv(spec, &again, &mut second).unwrap();
    assert_eq!(second, file, "the same bytes");

    let mut book = Vec::new();
    export::xlsx(spec, tables, &mut book).unwrap();
    let mut again = Tables::default();
    let preview = again.load(&book, &ask, Mode::OnlyChanges);
    assert_eq!(preview.refused, vec![]);
    assert_eq!(&again, tables);
}

#[test]
fn formulas_are_disarmed_and_come_back() {
    let names = [
        "=1+1",
        "+7",
        "-2",
        "@sum",
        "'=1",
        "''",
        "'",
        "0012",
        "1e5",
        "d'Or \"x\"; y",
    ];
    let rows = names.iter().enumerate().map(|(code, name)| {
        let name = super::super::guard::guarded(name).replace('"', "\"\"");
        format!("00{code},\"{name}\",base\n")
    });
    let file: String = std::iter::once("item_code,name,vat\n".to_owned())
        .chain(rows)
        .collect();
    let mut tables = Tables::default();
    tables.load(file.as_bytes(), &ask(), Mode::OnlyChanges);
    let shown: Vec<_> = tables
        .cells(Table::Items)
        .into_iter()
        .map(|row| row[5].clone())
        .collect();
    assert_eq!(shown, names);
    check(&tables, Table::Items);
    let mut out = Vec::new();
    export::csv(Table::Items.spec().unwrap(), &tables, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.contains(",'=1+1,") && out.contains(",''=1,") && out.contains(",'@sum,"),
        "{out}"
    );
}

#[test]
fn every_table_comes_back_from_its_export() {
    for (table, file) in SAMPLES {
        let mut tables = Tables::default();
        let preview = tables.load(file.as_bytes(), &Ask::default(), Mode::OnlyChanges);
        assert_eq!(preview.refused, vec![], "{}", table.name());
        assert!(
            preview
                .changes
                .iter()
                .all(|change| change.row.table == *table)
        );
        check(&tables, *table);
    }
    let sampled: Vec<_> = SAMPLES.iter().map(|(table, _)| *table).collect();
    assert_eq!(sampled, Table::KNOWN, "every table has a sample");
}

/// Rows of every table, as their files hold them.
const SAMPLES: &[(Table, &str)] = &[
    (
        Table::Items,
        "item_code,barcode,kind,group,brand,name,model,unit,tracking,tac,vat,base_price_kop,price_fixed_by_vendor\n\
         0012,4006381333931|96385074,goods,tablet,ASUS,\"Планшет, зелёный\",A1,шт,imei,35161868,base,4699000,0\n\
         13,,tariff,t,,«Всё»,,усл,none,,none,,1\n",
    ),
    (
        Table::Prices,
        "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from,valid_to,rank,lock,revision\n\
         1,0012,retail,network,*,4699000,2024-11-01T00:00:00,,0,0,1\n\
         2,0012,promo,store,S00001,0,2024-11-01T00:00:00,2025-03-03T00:00:00,-3,1,2\n",
    ),
    (
        Table::Corridors,
        "item_code,layer,scope_id,min_kop,max_kop,floor_kop,valid_from,valid_to\n\
         0012,cost,*,,,34300,2025-01-01T00:00:00,\n\
         0012,dealer,D0001,1,2,,2025-01-01T00:00:00,2025-02-01T00:00:00\n",
    ),
    (
        Table::Dealers,
        "dealer_id,name,legal_form,class,inn,tax_regime,store_count,accounting,contract_date\n\
         D0001,ООО «Тон Ритейл»,ooo,federal,9900014563,osn,312,1c-erp,2024-02-15\n",
    ),
    (
        Table::Stores,
        "store_id,dealer_id,format,city,region_iso,region,federal_district,address,lat,lon,tz,city_population,\
         area_m2,tills,opens,closes,uplink,opened_on\n\
         S00001,D0004,mall_island,Барнаул,RU-ALT,Алтайский край,Сибирский,\"ул. Школьная, 41\",53.36283,-83.72913,\
         Asia/Barnaul,632372,16,1,00:00,24:00,lte,2019-08-21\n",
    ),
    (
        Table::PriceTypes,
        "price_type,falls_back_to\npromo,retail\nbase,\n",
    ),
    (
        Table::Taxes,
        "tax_regime,item_vat,code,num,den,valid_from,valid_to\n\
         osn,base,vat20,20,120,2019-01-01T00:00:00,2026-01-01T00:00:00\n",
    ),
    (
        Table::Staff,
        "staff_id,store_id,dealer_id,name,role,active,pin\n\
         007,S00001,,Анна,cashier,1,pin1:000102030405060708090a0b0c0d0e0f\n008,,D0001,Пётр,director,0,\n",
    ),
    (
        Table::LegalEntities,
        "entity_id,name,inn,dealer_id\nE1,«Тон»,9900014563,D0001\n",
    ),
    (
        Table::Matrix,
        "item_code,scope,scope_id,carried,valid_from,valid_to\n\
         0012,format,kiosk,not,2026-01-01T00:00:00,\n\
         0012,cluster,south,must,2026-01-01T00:00:00,2026-02-01T00:00:00\n",
    ),
    (
        Table::StopList,
        "item_code,layer,scope_id,action,reason,valid_from,valid_to\n\
         0012,network,*,refuse,отзыв партии,2026-01-01T00:00:00,2026-02-01T00:00:00\n",
    ),
    (
        Table::OpeningStock,
        "store_id,item_code,owner,quantity,serial\nS00001,0012,,3,\nS00001,0012,E1,0.5,\n\
         S00001,0077,,1,356938035643809\n",
    ),
    (
        Table::Roles,
        "role,discount_ppm,approves_ppm\ncashier,50000,0\ndirector,100000,300000\n",
    ),
    (
        Table::Promotions,
        "promo_id,name,definition\n\
         P1,Осень,\"{\"\"id\"\":\"\"P1\"\",\"\"kind\"\":\"\"percent\"\",\"\"mode\"\":\"\"stack\"\",\"\"name\"\":\"\"Осень\"\",\
         \"\"owner\"\":\"\"network\"\",\"\"ppm\"\":100000,\"\"priority\"\":1,\"\"valid_from\"\":\"\"2026-01-01T00:00:00\"\",\
         \"\"version\"\":1}\"\n",
    ),
    (
        Table::DealerLimits,
        "dealer_id,dealer_class,kinds,max_ppm,valid_from,valid_to\n\
         D0001,,percent amount,200000,2026-01-01T00:00:00,\n\
         ,small,percent,100000,2026-01-01T00:00:00,2027-01-01T00:00:00\n",
    ),
    (Table::Secrets, "name,value\ncoupon-key,0123456789abcdef\n"),
];
