//! A product of a catalogue as a row of items.

use storefleet_core::master::Table;

use super::element::Element;
use crate::import::ImportError;
use crate::import::fault::Fault;
use crate::import::intake::Intake;

/// Takes a product.
pub(super) fn take(product: &Element, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let code = product.said("Ид").unwrap_or_default();
    if code.is_empty() {
        return product.refuse(intake, "cml-no-id");
    }
    if product.is_deleted() {
        return intake.gone(Table::Items, code, product.line);
    }
    let mut cells = common(product, code, intake);
    let group = product.part("Группы").and_then(|groups| groups.said("Ид"));
    if let Some(group) = group {
        cells.push(("group", named_group(group, intake)));
    }
    if let Some(brand) = product
        .part("Изготовитель")
        .and_then(|maker| maker.said("Наименование"))
    {
        cells.push(("brand", brand.to_owned()));
    }
    if let Some(kind) = requisite(product, "ТипНоменклатуры") {
        cells.push(("kind", kind.to_owned()));
    }
    if let Some(rate) = vat_rate(product) {
        cells.push(("vat", rate.to_owned()));
    }
    put(cells, product.line, intake)
}

/// The cells that products and offers have in common.
pub(super) fn common(
    element: &Element,
    code: &str,
    intake: &mut Intake<'_>,
) -> Vec<(&'static str, String)> {
    let mut cells = vec![("item_code", code.to_owned())];
    if let Some(name) = element.said("Наименование") {
        cells.push(("name", name.to_owned()));
    }
    let barcodes: Vec<&str> = element.parts("Штрихкод").map(Element::text).collect();
    if !barcodes.is_empty() {
        cells.push(("barcode", barcodes.join("|")));
    }
    if let Some(unit) = element.part("БазоваяЕдиница") {
        let code = unit.attribute("Код").filter(|code| !code.trim().is_empty());
        cells.push(("unit", code.unwrap_or_else(|| unit.text()).to_owned()));
    }
    let unused = [
        "Артикул",
        "Картинка",
        "Описание",
        "ЗначенияСвойств",
        "Страна",
        "Вес",
    ];
    for name in unused {
        if element.part(name).is_some() {
            intake.pass_over(name);
        }
    }
    cells
}

/// Gives a row of items to the intake.
pub(super) fn put(
    cells: Vec<(&'static str, String)>,
    line: u64,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    match Table::Items.spec() {
        Some(spec) => intake.named(spec, line, cells),
        None => intake.refuse("", line, Fault::new("", "", "cml-no-table", "")),
    }
}

/// The asker's group for the id or its name, or that name, or the id.
fn named_group(id: &str, intake: &Intake<'_>) -> String {
    let mapping = &intake.ask().groups;
    let name = intake.names.get(id);
    let ours = mapping.get(id).or_else(|| mapping.get(name?));
    ours.or(name).map_or(id, String::as_str).to_owned()
}

fn requisite<'a>(product: &'a Element, name: &str) -> Option<&'a str> {
    let requisites = product.part("ЗначенияРеквизитов")?;
    let mut values = requisites.parts("ЗначениеРеквизита");
    let found = values.find(|value| value.said("Наименование") == Some(name))?;
    found.said("Значение")
}

fn vat_rate(product: &Element) -> Option<&str> {
    let mut rates = product.part("СтавкиНалогов")?.parts("СтавкаНалога");
    let vat = rates.find(|rate| rate.said("Наименование") == Some("НДС"))?;
    vat.said("Ставка")
}
