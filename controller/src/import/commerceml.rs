//! Reads CommerceML 2 (schemas 2.x and 3.x) into rows of items and prices.
//!
//! An item's code is the `Ид` of its product, or `product#characteristic` of an offer with one. Stock, orders and
//! partners are not master data: they are refused with their place, or counted where they stand beside a price.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::ImportError;
use super::intake::Intake;

mod element;
mod lines;
mod offer;
mod price_type;
mod product;

use element::Element;
use lines::Lines;
use price_type::PriceTypes;

const ROOT: &str = "КоммерческаяИнформация";
/// Nesting of real files is 10 to 15; groups of groups may go deeper.
const DEPTH_MAX: usize = 64;

/// What a file told so far that later elements need.
#[derive(Default)]
struct Told {
    price_types: PriceTypes,
    /// Where we are: names from the root down.
    path: Vec<String>,
    /// The group whose name comes next.
    group: Option<String>,
    /// Text of the element we are in.
    text: String,
    has_root: bool,
}

/// Reads a file.
pub(super) fn read(text: impl Read, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let mut reader = Reader::from_reader(Lines::new(text));
    reader.config_mut().check_end_names = true;
    let mut told = Told::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let line = reader.get_ref().line();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(|error| xml_fault(line, &error))? {
            Event::Start(start) => {
                let element = Element::of(&start, line);
                told.root(&element, line)?;
                if is_taken_whole(&element.name, told.path.last()) {
                    let mut whole = Vec::new();
                    let element = element.filled(&mut reader, &mut whole, told.path.len())?;
                    told.take(&element, intake)?;
                    continue;
                }
                told.open(element, intake, line)?;
            }
            Event::Empty(start) => {
                let element = Element::of(&start, line);
                told.root(&element, line)?;
                if is_taken_whole(&element.name, told.path.last()) {
                    told.take(&element, intake)?;
                }
            }
            Event::Text(text) => told.text.push_str(&text),
            Event::CData(text) => told.text.push_str(&text),
            Event::GeneralRef(name) => told.text.push_str(&element::resolved(&name, line)?),
            Event::End(_) => told.close(intake),
            Event::DocType(_) => return Err(ImportError::Doctype { line }),
            Event::Eof if told.path.is_empty() && told.has_root => return Ok(()),
            Event::Eof => {
                let place = format!("line {line}");
                return Err(ImportError::Truncated { place });
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

impl Told {
    fn root(&mut self, element: &Element, line: u64) -> Result<(), ImportError> {
        if self.path.is_empty() && element.name != ROOT {
            let root = element.name.clone();
            return Err(ImportError::NotCommerceMl { line, root });
        }
        self.has_root = true;
        Ok(())
    }

    /// Goes into an element.
    fn open(
        &mut self,
        element: Element,
        intake: &mut Intake<'_>,
        line: u64,
    ) -> Result<(), ImportError> {
        if self.path.len() >= DEPTH_MAX {
            return Err(too_deep(line));
        }
        let packages = ["Каталог", "ПакетПредложений", "ИзмененияПакетаПредложений"];
        if packages.contains(&element.name.as_str()) {
            let only_changes = element.attribute("СодержитТолькоИзменения");
            let is_whole = only_changes.map(|text| text == "false");
            let is_changes = element.name == "ИзмененияПакетаПредложений";
            // A file of which any part holds changes only is not whole.
            let says = if is_changes { Some(false) } else { is_whole };
            intake.says_whole = match (intake.says_whole, says) {
                (Some(before), Some(now)) => Some(before && now),
                (before, now) => before.or(now),
            };
        }
        self.text.clear();
        self.path.push(element.name);
        Ok(())
    }

    /// Leaves an element; ids and names of groups pass by here.
    fn close(&mut self, intake: &mut Intake<'_>) {
        let name = self.path.pop().unwrap_or_default();
        let is_group = self.path.last().is_some_and(|parent| parent == "Группа");
        let text = std::mem::take(&mut self.text).trim().to_owned();
        match name.as_str() {
            "Ид" if is_group => self.group = Some(text),
            "Наименование" if is_group => {
                if let Some(id) = self.group.take() {
                    intake.names.insert(id, text);
                }
            }
            _ => {}
        }
    }

    /// Takes a whole element: a row, or something with a row's weight.
    fn take(&mut self, element: &Element, intake: &mut Intake<'_>) -> Result<(), ImportError> {
        match element.name.as_str() {
            "Товар" => product::take(element, intake),
            "Предложение" => offer::take(element, &self.price_types, intake),
            "ТипЦены" => {
                self.price_types.learn(element, intake);
                Ok(())
            }
            "Документ" => element.refuse(intake, "cml-document"),
            "Контрагент" => element.refuse(intake, "cml-partner"),
            other => {
                intake.pass_over(other);
                Ok(())
            }
        }
    }
}

/// Whether an element is read as a whole: the rest is only gone through.
fn is_taken_whole(name: &str, parent: Option<&String>) -> bool {
    let parent = parent.map_or("", String::as_str);
    match name {
        "Товар" => parent == "Товары",
        "Предложение" => parent == "Предложения",
        "ТипЦены" => parent == "ТипыЦен",
        "Документ" => parent == ROOT || parent == "Документы",
        "Контрагент" => parent == "Контрагенты",
        _ => false,
    }
}

fn too_deep(line: u64) -> ImportError {
    ImportError::Damaged {
        place: format!("line {line}"),
        problem: format!("nested deeper than {DEPTH_MAX}"),
    }
}

fn xml_fault(line: u64, error: &quick_xml::Error) -> ImportError {
    let place = format!("line {line}");
    // Markup that is never closed: the rest is missing.
    if matches!(error, quick_xml::Error::Syntax(_)) {
        return ImportError::Truncated { place };
    }
    let problem = error.to_string();
    ImportError::Damaged { place, problem }
}
