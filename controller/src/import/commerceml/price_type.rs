//! Types of prices: the sender's ids, and what they are here.

use std::collections::BTreeMap;

use super::element::Element;
use crate::import::intake::Intake;
use crate::import::mend::word;

/// What a file told of its price types.
#[derive(Default)]
pub(super) struct PriceTypes {
    by_id: BTreeMap<String, Said>,
}

struct Said {
    name: String,
    is_without_vat: bool,
}

impl PriceTypes {
    /// Takes the definition of a type.
    pub(super) fn learn(&mut self, element: &Element, intake: &mut Intake<'_>) {
        let id = element.said("Ид").unwrap_or_default().to_owned();
        let name = element.said("Наименование").unwrap_or_default().to_owned();
        intake.names.insert(id.clone(), name.clone());
        let is_without_vat = is_without_vat(element);
        self.by_id.insert(
            id,
            Said {
                name,
                is_without_vat,
            },
        );
    }

    /// Our type for the sender's id: by the asker's mapping of the id or the name, or by the name's word.
    pub(super) fn ours(&self, id: &str, intake: &Intake<'_>) -> Option<String> {
        let mapping = &intake.ask().price_types;
        let name = self.by_id.get(id).map(|said| said.name.as_str());
        let mapped = mapping.get(id).or_else(|| mapping.get(name?));
        let by_word = || word("price_type", name?).map(str::to_owned);
        mapped.cloned().or_else(by_word)
    }

    /// The sender's name of a type, or its id.
    pub(super) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.by_id.get(id).map_or(id, |said| said.name.as_str())
    }

    /// Whether VAT has to be added to prices of the type.
    pub(super) fn is_without_vat(&self, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|said| said.is_without_vat)
    }
}

/// Whether an element says that VAT is not in the sum.
pub(super) fn is_without_vat(element: &Element) -> bool {
    let mut taxes = element.parts("Налог");
    taxes.any(|tax| {
        let is_vat = tax.said("Наименование").is_none_or(|name| name == "НДС");
        is_vat && tax.said("УчтеноВСумме") == Some("false")
    })
}
