//! The words that files use for ours: headers of columns, words of cells, and what is meant where nothing stands.

use storefleet_core::master::Table;

/// Headers by our column, in small letters without punctuation. `_rub` is the column `_kop` in roubles.
pub(super) const HEADERS: &[(&str, &[&str])] = &[
    (
        "item_code",
        &[
            "код",
            "код товара",
            "артикул",
            "номенклатура код",
            "sku",
            "item",
            "code",
            "ид товара",
        ],
    ),
    (
        "barcode",
        &[
            "штрихкод",
            "штрих код",
            "штрихкоды",
            "ean",
            "ean13",
            "gtin",
            "шк",
        ],
    ),
    (
        "name",
        &[
            "наименование",
            "название",
            "товар",
            "номенклатура",
            "имя",
            "фио",
            "title",
        ],
    ),
    (
        "kind",
        &["вид", "тип товара", "вид номенклатуры", "тип номенклатуры"],
    ),
    (
        "group",
        &["группа", "группа товара", "категория", "category"],
    ),
    (
        "brand",
        &["бренд", "марка", "производитель", "изготовитель"],
    ),
    ("model", &["модель"]),
    (
        "unit",
        &["единица", "ед", "ед изм", "единица измерения", "uom"],
    ),
    ("tracking", &["учет серий", "серийный учет"]),
    ("vat", &["ндс", "ставка ндс", "класс ндс"]),
    ("warranty_months", &["гарантия", "гарантия мес"]),
    ("marking", &["маркировка"]),
    (
        "base_price_rub",
        &["базовая цена", "ррц", "рекомендованная цена"],
    ),
    ("row_id", &["номер строки", "ид строки"]),
    ("price_type", &["тип цены", "вид цены"]),
    ("layer", &["уровень", "слой"]),
    ("scope_id", &["область", "для кого"]),
    (
        "amount_rub",
        &[
            "цена",
            "цена руб",
            "розничная цена",
            "цена розничная",
            "стоимость",
            "price",
        ],
    ),
    ("amount_kop", &["цена коп", "цена в копейках"]),
    ("min_rub", &["минимальная цена", "цена от"]),
    ("max_rub", &["максимальная цена", "цена до"]),
    ("floor_rub", &["нижняя граница", "себестоимость"]),
    (
        "valid_from",
        &["действует с", "дата начала", "с даты", "начало"],
    ),
    (
        "valid_to",
        &["действует до", "дата окончания", "по дату", "окончание"],
    ),
    ("rank", &["ранг", "приоритет"]),
    ("revision", &["редакция"]),
    ("dealer_id", &["дилер", "код дилера"]),
    ("store_id", &["магазин", "код магазина", "торговая точка"]),
    ("legal_form", &["правовая форма", "опф"]),
    ("class", &["класс", "класс дилера"]),
    ("inn", &["инн"]),
    (
        "tax_regime",
        &["налоговый режим", "сно", "система налогообложения"],
    ),
    ("contract_date", &["дата договора"]),
    ("format", &["формат"]),
    ("city", &["город"]),
    ("region", &["регион"]),
    ("address", &["адрес"]),
    ("tz", &["часовой пояс"]),
    ("opens", &["открытие"]),
    ("closes", &["закрытие"]),
    ("role", &["роль", "должность"]),
    ("pin", &["пин", "пин код"]),
    ("staff_id", &["табельный номер", "код сотрудника"]),
    ("entity_id", &["код юрлица", "юрлицо"]),
    ("reason", &["причина"]),
    ("owner", &["владелец", "собственник"]),
    (
        "serial",
        &["серийный номер", "imei", "iccid", "icc", "серия"],
    ),
    (
        "quantity",
        &["количество", "кол во", "остаток", "остаток шт", "qty"],
    ),
];

/// Words of cells, by column: what files write, and ours.
pub(super) const WORDS: &[(&str, &[(&str, &str)])] = &[
    (
        "kind",
        &[
            ("товар", "goods"),
            ("запас", "goods"),
            ("услуга", "service"),
            ("работа", "service"),
            ("сим карта", "sim"),
            ("платеж", "payment"),
            ("тариф", "tariff"),
            ("набор", "bundle"),
            ("комплект", "bundle"),
        ],
    ),
    ("tracking", &[("нет", "none"), ("не ведется", "none")]),
    (
        "layer",
        &[
            ("сеть", "network"),
            ("регион", "region"),
            ("дилер", "dealer"),
            ("магазин", "store"),
            ("себестоимость", "cost"),
        ],
    ),
    (
        "price_type",
        &[
            ("розничная", "retail"),
            ("розничная цена", "retail"),
            ("розница", "retail"),
            ("оптовая", "wholesale"),
            ("оптовая цена", "wholesale"),
            ("базовая", "base"),
            ("акционная", "promo"),
            ("промо", "promo"),
        ],
    ),
    (
        "vat",
        &[
            ("18", "base"),
            ("20", "base"),
            ("22", "base"),
            ("18%", "base"),
            ("20%", "base"),
            ("22%", "base"),
            ("без ндс", "none"),
            ("без налога", "none"),
            ("не облагается", "none"),
        ],
    ),
    (
        "unit",
        // Numbers are codes of the state's classifier of units (OKEI).
        &[
            ("796", "шт"),
            ("штука", "шт"),
            ("штук", "шт"),
            ("pcs", "шт"),
            ("pce", "шт"),
            ("715", "пара"),
            ("пар", "пара"),
            ("839", "компл"),
            ("комплект", "компл"),
            ("778", "упак"),
            ("упаковка", "упак"),
            ("006", "м"),
            ("метр", "м"),
            ("166", "кг"),
            ("112", "л"),
            ("услуга", "усл"),
        ],
    ),
    ("legal_form", &[("ооо", "ooo"), ("ип", "ip")]),
    (
        "tax_regime",
        &[("осн", "osn"), ("осно", "osn"), ("усн", "usn")],
    ),
];

/// Words of cells that are yes or no.
pub(super) const FLAGS: &[(&str, &str)] = &[
    ("да", "1"),
    ("истина", "1"),
    ("true", "1"),
    ("yes", "1"),
    ("нет", "0"),
    ("ложь", "0"),
    ("false", "0"),
    ("no", "0"),
];

/// What a new record means where file and asker say nothing. A VAT class is never guessed: it is money.
const DEFAULTS: &[(Table, &str, &str)] = &[
    (Table::Items, "kind", "goods"),
    (Table::Items, "group", "other"),
    (Table::Prices, "price_type", "retail"),
    (Table::Prices, "layer", "network"),
    (Table::Prices, "scope_id", "*"),
    // Not the day of import: the same file must mean the same tomorrow.
    (Table::Prices, "valid_from", "1970-01-01T00:00:00"),
];

/// What an empty cell of a new record means.
pub(super) fn default_of(table: Table, column: &str) -> Option<&'static str> {
    let mut listed = DEFAULTS.iter();
    let found = listed.find(|(of, name, _)| *of == table && *name == column);
    found.map(|(_, _, text)| *text)
}

/// Our word for the word of a cell.
pub(super) fn ours(words: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    let plain = plain(text);
    let found = words.iter().find(|(theirs, _)| *theirs == plain);
    found.map(|(_, ours)| *ours)
}

/// Small letters, one blank between words, no punctuation; ё is е.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|letter: char| letter.is_whitespace() || ".,:;()-/".contains(letter)) {
        if !plain.is_empty() && !word.is_empty() {
            plain.push(' ');
        }
        let small = word.chars().flat_map(char::to_lowercase);
        plain.extend(small.map(|letter| if letter == 'ё' { 'е' } else { letter }));
    }
    plain
}
