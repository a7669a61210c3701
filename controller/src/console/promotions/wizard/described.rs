//! Between a form and the promotion it describes, both ways. What the form does not show, or shows as it is held,
//! stays as it is held to the byte.

use serde_json::{Map, Value, json};
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::pricing::kind::KindName;

use super::kinds;
use super::parameters::{ACTING, Entry, NAMING, SCOPE, SELECT, UNITS, WHEN};
use crate::console::form::{Fault, Fields};

/// Slots of a set that a form shows.
pub(super) const SLOTS_MAX: usize = 50;
/// Prefix of the fields of what stands beside a set.
pub(super) const BESIDE: &str = "beside_";

/// The object that defines a promotion.
pub(super) type Definition = Map<String, Value>;

/// What a new promotion has before anything is filled.
pub(super) fn blank() -> Definition {
    let mut blank = Map::new();
    blank.insert("kind".to_owned(), json!(KindName::Percent.as_str()));
    blank.insert("mode".to_owned(), json!("stack"));
    blank.insert("owner".to_owned(), json!("network"));
    blank.insert("priority".to_owned(), json!(100));
    blank.insert("version".to_owned(), json!(1));
    blank
}

/// Prefix of the fields of a slot.
pub(super) fn slot(index: usize) -> String {
    format!("slot{index}_")
}

/// What a field says, with everything of its name in one text.
pub(super) fn given(fields: &Fields, name: &str) -> String {
    let all: Vec<&str> = fields.all(name).filter(|value| !value.is_empty()).collect();
    all.join(" ")
}

/// Whether a field of that prefix is filled.
fn is_filled(fields: &Fields, prefix: &str) -> bool {
    let mut pairs = fields.pairs().iter();
    pairs.any(|(name, value)| name.starts_with(prefix) && !value.trim().is_empty())
}

/// Slots to show: those filled, and one more.
pub(super) fn slots_shown(fields: &Fields) -> usize {
    let last = (0..SLOTS_MAX).rfind(|index| is_filled(fields, &slot(*index)));
    last.map_or(2, |last| last.saturating_add(2))
        .clamp(2, SLOTS_MAX)
}

/// The promotion that a form makes of the one that is held, or what is wrong with the form.
pub(super) fn described(held: &Definition, fields: &Fields) -> Result<PromotionRecord, Vec<Fault>> {
    let Some(kind) = kinds::kind(fields.get("kind")) else {
        return Err(vec![Fault::new("kind", "fault-choice")]);
    };
    let mut faults = Vec::new();
    let mut definition = held.clone();
    of_kind(&mut definition, kind);
    for entries in [NAMING, ACTING, kinds::of(kind)] {
        fill(&mut definition, "", entries, fields, &mut faults);
    }
    for (key, entries) in [("select", SELECT), ("scope", SCOPE), ("when", WHEN)] {
        fill_within(&mut definition, key, |object| {
            fill(object, "", entries, fields, &mut faults);
        });
    }
    if kinds::has_slots(kind) {
        fill_slots(&mut definition, fields, &mut faults);
    }
    if kinds::has_beside(kind) {
        fill_within(&mut definition, "get", |object| {
            fill_slot(object, BESIDE, fields, &mut faults);
        });
    }
    if kind == KindName::Coupon {
        faults.extend(coupon_faults(fields));
    }
    if kind == KindName::NForM && !pays_less(&definition) {
        faults.push(Fault::new("m", "fault-paid"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    PromotionRecord::of(definition).map_err(|problem| vec![Fault::new("kind", problem)])
}

/// Makes a definition one of a kind: the parameters of another kind go.
fn of_kind(definition: &mut Definition, kind: KindName) {
    let held = definition.get("kind").and_then(Value::as_str);
    if held == Some(kind.as_str()) {
        return;
    }
    for other in KindName::ALL {
        for entry in kinds::of(*other) {
            definition.remove(entry.key);
        }
    }
    definition.remove("slots");
    definition.remove("get");
    definition.insert("kind".to_owned(), json!(kind.as_str()));
}

/// Puts what the fields of these entries say into an object.
fn fill(
    object: &mut Definition,
    prefix: &str,
    entries: &[Entry],
    fields: &Fields,
    faults: &mut Vec<Fault>,
) {
    for entry in entries {
        let name = format!("{prefix}{}", entry.name);
        let held = object.get(entry.key).filter(|value| !value.is_null());
        if fields.all(&name).next().is_none() {
            if entry.needed && held.is_none() {
                faults.push(Fault::new(&name, entry.shape.fault()));
            }
            continue;
        }
        let text = given(fields, &name);
        let shown = held.map(|value| entry.shape.written(value));
        let shown = shown.as_deref().unwrap_or_default().trim();
        let read = entry.shape.read(&text);
        if text == shown || (read.is_ok() && read == entry.shape.read(shown)) {
            if entry.needed && text.is_empty() {
                faults.push(Fault::new(&name, entry.shape.fault()));
            }
            continue;
        }
        match read {
            Ok(None) if entry.needed => faults.push(Fault::new(&name, entry.shape.fault())),
            Ok(None) => {
                object.remove(entry.key);
            }
            Ok(Some(value)) => {
                object.insert(entry.key.to_owned(), value);
            }
            Err(fault) => faults.push(Fault::new(&name, fault)),
        }
    }
}

/// Fills the object of a key; it comes to be where it is filled, and stays where it was.
fn fill_within(definition: &mut Definition, key: &str, fill: impl FnOnce(&mut Definition)) {
    let held = definition.get(key).and_then(Value::as_object);
    let mut object = held.cloned().unwrap_or_default();
    fill(&mut object);
    if held.is_some() || !object.is_empty() {
        definition.insert(key.to_owned(), Value::Object(object));
    }
}

fn fill_slot(object: &mut Definition, prefix: &str, fields: &Fields, faults: &mut Vec<Fault>) {
    fill(object, prefix, &[UNITS], fields, faults);
    fill_within(object, "select", |object| {
        fill(object, prefix, SELECT, fields, faults);
    });
}

/// The slots that are filled, in their order; those beyond what a form shows stay.
fn fill_slots(definition: &mut Definition, fields: &Fields, faults: &mut Vec<Fault>) {
    let held = definition.get("slots").and_then(Value::as_array).cloned();
    let held = held.unwrap_or_default();
    let mut slots = Vec::new();
    for index in 0..SLOTS_MAX {
        let prefix = slot(index);
        if !is_filled(fields, &prefix) {
            continue;
        }
        let mut object = match held.get(index) {
            Some(Value::Object(object)) => object.clone(),
            Some(_) | None => Map::new(),
        };
        fill_slot(&mut object, &prefix, fields, faults);
        slots.push(Value::Object(object));
    }
    slots.extend(held.into_iter().skip(SLOTS_MAX));
    if slots.is_empty() {
        faults.push(Fault::new(&format!("{}units", slot(0)), "fault-slots"));
    }
    definition.insert("slots".to_owned(), Value::Array(slots));
}

/// Of a set, fewer pieces are paid for than are in it; what is not filled is told by its field.
fn pays_less(definition: &Definition) -> bool {
    let number = |key: &str| definition.get(key).and_then(Value::as_u64);
    match (number("n"), number("m")) {
        (Some(size), Some(paid)) => paid < size,
        (None, _) | (_, None) => true,
    }
}

/// A coupon has one key and gives one thing.
fn coupon_faults(fields: &Fields) -> Vec<Fault> {
    let one_of = |one: &str, other: &str, text: &str| {
        let both = fields.get(one).is_empty() == fields.get(other).is_empty();
        both.then(|| Fault::new(one, text))
    };
    let key = one_of("word", "campaign", "fault-coupon-key");
    let benefit = one_of("percent", "rub", "fault-coupon-benefit");
    key.into_iter().chain(benefit).collect()
}

/// The fields that show a definition.
pub(super) fn fields_of(definition: &Definition) -> Vec<(String, String)> {
    let name = definition.get("kind").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let mut fields = vec![("kind".to_owned(), name.to_owned())];
    let own = kinds::kind(name).map_or(&[][..], kinds::of);
    for entries in [NAMING, ACTING, own] {
        show(&mut fields, Some(definition), "", entries);
    }
    for (key, entries) in [("select", SELECT), ("scope", SCOPE), ("when", WHEN)] {
        let object = definition.get(key).and_then(Value::as_object);
        show(&mut fields, object, "", entries);
    }
    let slots = definition.get("slots").and_then(Value::as_array);
    for (index, held) in slots.into_iter().flatten().enumerate().take(SLOTS_MAX) {
        show_slot(&mut fields, held, &slot(index));
    }
    if let Some(beside) = definition.get("get") {
        show_slot(&mut fields, beside, BESIDE);
    }
    fields
}

fn show_slot(fields: &mut Vec<(String, String)>, held: &Value, prefix: &str) {
    show(fields, held.as_object(), prefix, &[UNITS]);
    let select = held.get("select").and_then(Value::as_object);
    show(fields, select, prefix, SELECT);
}

fn show(
    fields: &mut Vec<(String, String)>,
    object: Option<&Definition>,
    prefix: &str,
    entries: &[Entry],
) {
    for entry in entries {
        let value = object.and_then(|object| object.get(entry.key));
        let text = value.map(|value| entry.shape.written(value));
        fields.push((format!("{prefix}{}", entry.name), text.unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::form::encoded;

    fn fields(more: &str) -> Fields {
        Fields::of(&format!(
            "promo_id=P9&name=N&valid_from=2026-12-01T00:00&{more}"
        ))
    }

    fn reference() -> Vec<Definition> {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing/promos.json");
        let file: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let all = file["promotions"].as_array().unwrap().iter();
        all.map(|one| one.as_object().unwrap().clone()).collect()
    }

    /// Fields as a browser sends them back: times without seconds, lines with two ends.
    fn sent(fields: &[(String, String)]) -> Fields {
        let pairs = fields.iter().map(|(name, value)| {
            let value = value.replace('\n', "\r\n");
            let value = value
                .strip_suffix("T00:00:00")
                .map_or(value.clone(), |day| format!("{day}T00:00"));
            format!("{name}={}", encoded(&value))
        });
        Fields::of(&pairs.collect::<Vec<_>>().join("&"))
    }

    #[test]
    fn opened_and_saved_unchanged_every_promotion_is_the_same_to_the_byte() {
        let mut odd = reference()[0].clone();
        odd.insert("remark".to_owned(), json!("nobody reads it"));
        odd.insert("scope".to_owned(), json!({}));
        odd.insert("when".to_owned(), json!({"levels": [], "card": false}));
        odd.insert(
            "select".to_owned(),
            json!({"brands": ["Sony Ericsson"], "exclude_items": []}),
        );
        for held in reference().into_iter().chain([odd]) {
            let record = PromotionRecord::of(held.clone()).unwrap();
            let form = fields_of(&held);
            for form in [Fields::from_pairs(form.clone()), sent(&form)] {
                assert_eq!(described(&held, &form), Ok(record.clone()));
            }
        }
    }

    #[test]
    fn every_promotion_of_the_reference_can_be_made_by_the_form() {
        for held in reference() {
            let (mut wanted, mut blank) = (held.clone(), blank());
            // A form counts versions itself.
            for definition in [&mut wanted, &mut blank] {
                definition.remove("version");
                definition.insert("version".to_owned(), json!(1));
            }
            let made = described(&blank, &Fields::from_pairs(fields_of(&held))).unwrap();
            assert_eq!(
                made.promotion().unwrap(),
                PromotionRecord::of(wanted).unwrap().promotion().unwrap()
            );
        }
    }

    #[test]
    fn every_kind_says_at_its_fields_what_it_lacks() {
        for kind in KindName::ALL {
            let form = fields(&format!("kind={}", kind.as_str()));
            let needs = kinds::of(*kind).iter().filter(|entry| entry.needed);
            let needs: Vec<_> = needs.map(|entry| entry.name).collect();
            match described(&blank(), &form) {
                Ok(_) => assert!(needs.is_empty(), "{kind:?}"),
                Err(faults) => {
                    for name in needs {
                        assert!(
                            faults.iter().any(|fault| fault.field == name),
                            "{kind:?} {name}"
                        );
                    }
                    assert!(faults.iter().all(|fault| fault.field != "kind"), "{kind:?}");
                }
            }
        }
    }

    #[test]
    fn another_kind_takes_nothing_of_the_former_along() {
        let bundle = reference()
            .into_iter()
            .find(|held| held["kind"] == "bundle")
            .unwrap();
        let mut form = fields_of(&bundle);
        form.retain(|(name, _)| name != "kind");
        form.push(("kind".to_owned(), "percent".to_owned()));
        form.push(("percent".to_owned(), "12,5".to_owned()));
        let made = described(&bundle, &Fields::from_pairs(form)).unwrap();
        assert!(
            made.definition.contains("\"ppm\":125000"),
            "{}",
            made.definition
        );
        assert_eq!(made.promotion().unwrap().ignored, Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_named_by_its_field() {
        for (more, field) in [
            ("kind=percent", "percent"),
            ("kind=amount&rub=x", "rub"),
            ("kind=n_for_m&n=2&m=2", "m"),
            ("kind=nth_percent&n=0&percent=5", "n"),
            ("kind=percent&percent=101", "percent"),
            ("kind=rounding&step_rub=0", "step_rub"),
            ("kind=special_price&prices=1", "prices"),
            ("kind=coupon&percent=5", "word"),
            ("kind=coupon&word=A", "percent"),
            ("kind=bundle&set_price=1", "slot0_units"),
            ("kind=gift&slot0_groups=case", "slot0_units"),
            ("kind=gift&slot0_units=1", "beside_units"),
            ("kind=percent&percent=5&valid_to=soon", "valid_to"),
            ("kind=none", "kind"),
        ] {
            let faults = described(&blank(), &fields(more)).unwrap_err();
            assert!(
                faults.iter().any(|fault| fault.field == field),
                "{more}: {faults:?}"
            );
        }
    }
}
