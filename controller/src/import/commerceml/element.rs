//! An element with all that stands in it, by names without prefixes: some files declare a namespace, some do not.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::super::ImportError;
use super::super::fault::Fault;
use super::super::intake::Intake;
use super::{DEPTH_MAX, too_deep, xml_fault};
use crate::import::commerceml::lines::Lines;

/// Most elements in one product or offer; real ones have some hundreds.
const PARTS_MAX: usize = 20_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) line: u64,
    text: String,
    attributes: Vec<(String, String)>,
    parts: Vec<Self>,
}

impl Element {
    /// An element without what stands in it.
    pub(super) fn of(start: &BytesStart<'_>, line: u64) -> Self {
        let attributes = start.attributes().filter_map(|attribute| {
            let attribute = attribute.ok()?;
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = quick_xml::escape::unescape(&attribute.value).ok()?;
            Some((name, value.into_owned()))
        });
        Self {
            name: start.local_name().as_ref().to_owned(),
            line,
            attributes: attributes.collect(),
            ..Self::default()
        }
    }

    /// The element with what stands in it, up to its end.
    pub(super) fn filled<R: std::io::Read>(
        self,
        reader: &mut Reader<Lines<R>>,
        buffer: &mut Vec<u8>,
        depth: usize,
    ) -> Result<Self, ImportError>
    where
        Lines<R>: BufRead,
    {
        let mut open = vec![self];
        let mut parts = 0_usize;
        loop {
            buffer.clear();
            let line = reader.get_ref().line();
            let event = reader.read_event_into(buffer);
            match event.map_err(|error| xml_fault(line, &error))? {
                Event::Start(start) => {
                    parts = parts.saturating_add(1);
                    if parts > PARTS_MAX || open.len().saturating_add(depth) >= DEPTH_MAX {
                        return Err(too_deep(line));
                    }
                    open.push(Self::of(&start, line));
                }
                Event::Empty(start) => add(&mut open, Self::of(&start, line)),
                Event::Text(text) => say(&mut open, &text),
                Event::CData(text) => say(&mut open, &text),
                Event::GeneralRef(name) => say(&mut open, &resolved(&name, line)?),
                Event::End(_) => {
                    let Some(ended) = open.pop() else { continue };
                    if open.is_empty() {
                        return Ok(ended);
                    }
                    add(&mut open, ended);
                }
                Event::DocType(_) => return Err(ImportError::Doctype { line }),
                Event::Eof => {
                    let place = format!("line {line}");
                    return Err(ImportError::Truncated { place });
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Its text, without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut named = self.attributes.iter();
        let found = named.find(|(of, _)| of == name);
        found.map(|(_, value)| value.trim())
    }

    /// Its parts of that name.
    pub(super) fn parts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.parts.iter().filter(move |part| part.name == name)
    }

    /// Its first part of that name.
    pub(super) fn part(&self, name: &str) -> Option<&Self> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The text of its first part of that name; none where it is not said.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.part(name).map(Self::text)
    }

    /// Whether it is marked as deleted, in the way of either schema.
    pub(super) fn is_deleted(&self) -> bool {
        let status = self.attribute("Статус").or_else(|| self.said("Статус"));
        self.said("ПометкаУдаления") == Some("true")
            || status.is_some_and(|status| matches!(status, "Удален" | "Удалён"))
    }

    /// Refuses it with the sentence of that key.
    pub(super) fn refuse(&self, intake: &mut Intake<'_>, rule: &str) -> Result<(), ImportError> {
        let id = self.said("Ид").unwrap_or_default();
        let fault = Fault::new(&self.name, id, rule, "");
        intake.refuse("", self.line, fault)
    }
}

fn add(open: &mut [Element], part: Element) {
    if let Some(around) = open.last_mut() {
        around.parts.push(part);
    }
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The text of `&amp;` and its four sisters, or of a number; no other entity exists here.
pub(super) fn resolved(name: &BytesRef<'_>, line: u64) -> Result<String, ImportError> {
    let unknown = || ImportError::Damaged {
        place: format!("line {line}"),
        problem: format!("unknown entity &{};", &**name),
    };
    if let Ok(Some(letter)) = name.resolve_char_ref() {
        return Ok(letter.to_string());
    }
    let known = quick_xml::escape::resolve_predefined_entity(name);
    known.map(str::to_owned).ok_or_else(unknown)
}
