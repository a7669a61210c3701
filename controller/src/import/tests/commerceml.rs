//! CommerceML of real partners is read completely, or refused element by element with the reason.

use std::fs;

use encoding_rs::WINDOWS_1251;

use super::*;

fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/commerceml/");
    fs::read(format!("{folder}{name}")).unwrap()
}

fn keys(delivery: &Delivery, table: Table) -> Vec<&str> {
    let rows = delivery.rows.iter().filter(|row| row.table == table);
    rows.map(|row| &*row.key).collect()
}

#[test]
fn a_catalogue_of_schema_2_is_read_completely() {
    let delivery = read_new(&sample("carono/import.xml")).unwrap();
    assert_eq!(rules(&delivery), []);
    assert_eq!(delivery.says_whole, Some(true));
    let mut tables = Tables::default();
    tables.apply(Preview::of(delivery, Mode::Whole, &Tables::default()));
    let cells = tables.cells(Table::Items);
    assert_eq!(
        cells[0][..8],
        [
            "bd72d910-55bc-11d9-848a-00112f43529a",
            "2000018987155",
            "goods",
            "Обувь",
            "",
            "Женские ботфорты коричневые",
            "",
            "пара",
        ]
    );
    assert_eq!(cells.len(), 2);
}

#[test]
fn offers_are_items_with_a_characteristic_and_prices_in_kopecks() {
    let delivery = read_new(&sample("carono/offers.xml")).unwrap();
    assert_eq!(rules(&delivery), []);
    assert_eq!(keys(&delivery, Table::Items).len(), 5);
    assert_eq!(delivery.passed_over.get("Остатки"), Some(&5));
    let mut tables = Tables::default();
    tables.apply(Preview::of(delivery, Mode::OnlyChanges, &Tables::default()));
    let cells = tables.cells(Table::Prices);
    assert_eq!(cells.len(), 5);
    assert_eq!(
        cells[0][1..6],
        [
            "bd72d910-55bc-11d9-848a-00112f43529a#90c55447-d3a8-11e4-9423-e0cb4ed5eed4",
            "retail",
            "network",
            "*",
            "171900",
        ]
    );
}

#[test]
fn orders_are_refused_with_their_place() {
    let delivery = read_new(&sample("carono/orders.xml")).unwrap();
    assert_eq!(rules(&delivery), [(3, "Документ", "cml-document")]);
    assert_eq!(delivery.refused[0].fault.value, "20");
    assert_eq!(delivery.rows, vec![]);
}

#[test]
fn groups_of_schema_3_give_names_to_the_products_of_the_next_file() {
    let groups = read_new(&sample("argentcrusade/group-example.xml")).unwrap();
    assert_eq!((groups.names.len(), groups.rows.len()), (12, 0));
    assert_eq!(rules(&groups), []);
    let ask = Ask {
        groups: groups.names,
        ..ask()
    };
    let file = sample("argentcrusade/products-example.xml");
    let delivery = read(Cursor::new(&file), &ask, &Tables::default()).unwrap();
    assert_eq!(rules(&delivery), []);
    assert_eq!(
        keys(&delivery, Table::Items),
        ["ac0184b3-7821-11e6-80ca-a72a8c906e0a"]
    );
    assert_eq!(delivery.says_whole, Some(false));
}

#[test]
fn prices_of_schema_3_need_their_types_mapped() {
    let file = sample("argentcrusade/prices-example.xml");
    let delivery = read_new(&file).unwrap();
    let place = "ИдТипаЦены";
    let rule = "cml-price-type";
    assert_eq!(
        rules(&delivery),
        [(12, place, rule), (27, place, rule), (42, place, rule)]
    );
    let id = "d023050c-8ecc-11e6-80cc-8ba31e8e113c".to_owned();
    let ask = Ask {
        price_types: BTreeMap::from([(id, "retail".to_owned())]),
        ..ask()
    };
    let delivery = read(Cursor::new(&file), &ask, &Tables::default()).unwrap();
    assert_eq!(rules(&delivery), []);
    assert_eq!(keys(&delivery, Table::Prices).len(), 3);
}

#[test]
fn offers_with_stock_only_are_refused_one_by_one() {
    let delivery = read_new(&sample("argentcrusade/remainders-example.xml")).unwrap();
    let rule = ("Предложение", "cml-stock");
    assert_eq!(
        rules(&delivery),
        [(9, rule.0, rule.1), (56, rule.0, rule.1)]
    );
}

#[test]
fn a_deleted_product_goes() {
    let file = "<К:КоммерческаяИнформация xmlns:К='urn:1C.ru:commerceml_2'><К:Каталог><К:Товары>\n\
        <К:Товар><К:Ид>1</К:Ид><К:Наименование>A &amp; B &#171;C&#187;</К:Наименование></К:Товар>\n\
        <К:Товар><К:Ид>2</К:Ид><К:ПометкаУдаления>true</К:ПометкаУдаления></К:Товар>\n\
        <К:Товар Статус='Удален'><К:Ид>3</К:Ид></К:Товар>\n\
        </К:Товары></К:Каталог></К:КоммерческаяИнформация>";
    let mut tables = Tables::default();
    let items = "item_code,name,vat\n2,Два,base\n3,Три,base\n4,Четыре,base\n";
    tables.load(items.as_bytes(), &ask(), Mode::OnlyChanges);
    let preview = tables.load(file.as_bytes(), &ask(), Mode::OnlyChanges);
    assert_eq!(preview.counts[&Table::Items].removed, 2);
    let shown: Vec<_> = tables
        .cells(Table::Items)
        .iter()
        .map(|row| row[5].clone())
        .collect();
    assert_eq!(shown, ["A & B «C»", "Четыре"]);
}

#[test]
fn prices_that_are_no_roubles_with_vat_for_one_unit_are_refused() {
    let offers: String = [
        "<ЦенаЗаЕдиницу>1 234,50</ЦенаЗаЕдиницу><Валюта>руб</Валюта>",
        "<ЦенаЗаЕдиницу>10</ЦенаЗаЕдиницу><Валюта>USD</Валюта>",
        "<ЦенаЗаЕдиницу>10</ЦенаЗаЕдиницу><Коэффициент>12</Коэффициент>",
        "<ЦенаЗаЕдиницу>10</ЦенаЗаЕдиницу><Налог><УчтеноВСумме>false</УчтеноВСумме></Налог>",
        "<ЦенаЗаЕдиницу>10.005</ЦенаЗаЕдиницу>",
        "",
    ]
    .iter()
    .enumerate()
    .map(|(id, price)| {
        format!("<Предложение><Ид>{id}</Ид><Цены>\n<Цена><ИдТипаЦены>r</ИдТипаЦены>{price}</Цена></Цены></Предложение>")
    })
    .collect();
    let file = format!(
        "<?xml version='1.0' encoding='windows-1251'?>\n<КоммерческаяИнформация><ПакетПредложений><ТипыЦен>\
         <ТипЦены><Ид>r</Ид><Наименование>Розничная</Наименование></ТипЦены></ТипыЦен>\
         <Предложения>{offers}</Предложения></ПакетПредложений></КоммерческаяИнформация>"
    );
    let delivery = read_new(&WINDOWS_1251.encode(&file).0).unwrap();
    assert_eq!(
        rules(&delivery),
        [
            (4, "Валюта", "cml-currency"),
            (5, "Коэффициент", "cml-coefficient"),
            (6, "Налог", "cml-without-vat"),
            (7, "amount_rub", "cell-roubles"),
            (8, "amount_kop", "cell-needed"),
        ]
    );
    assert_eq!(keys(&delivery, Table::Prices).len(), 1);
}
