//! `openapi.json` as a value: what it lists, and whether a value is as it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::OPENAPI;

pub(super) struct Description(Value);

impl Description {
    pub(super) fn read() -> Self {
        Self(serde_json::from_str(OPENAPI).unwrap())
    }

    pub(super) fn whole(&self) -> Value {
        self.0.clone()
    }

    /// Path and method of every call.
    pub(super) fn calls(&self) -> BTreeSet<(String, String)> {
        let paths = self.0["paths"].as_object().unwrap();
        let of = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().keys();
            let calls = methods.map(|method| (path.clone(), method.clone()));
            calls.collect::<Vec<_>>()
        };
        paths.iter().flat_map(of).collect()
    }

    pub(super) fn posts(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        let posts = calls.filter(|(_, method)| method == "post");
        posts.map(|(path, _)| path).collect()
    }

    /// Schema and example of a request.
    pub(super) fn request(&self, path: &str) -> (Value, Value) {
        let body = &self.0["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        (body["schema"].clone(), body["example"].clone())
    }

    /// A part of the schemas, by its place.
    pub(super) fn schema(&self, at: &str) -> Value {
        let place = format!("/components/schemas{at}");
        self.0.pointer(&place).unwrap().clone()
    }

    /// Holds an answer against the schema and the example of its call.
    pub(super) fn check_example(&self, path: &str, method: &str, told: &Value) {
        let success = &self.0["paths"][path][method]["responses"]["200"];
        let success = &success["content"]["application/json"];
        self.check(&success["schema"], told).unwrap();
        assert_eq!(*told, success["example"], "{path}");
    }

    /// Statuses of the refusals of a call that writes.
    pub(super) fn statuses(&self, path: &str) -> BTreeSet<u16> {
        let answers = self.0["paths"][path]["post"]["responses"].as_object();
        let statuses = answers
            .unwrap()
            .keys()
            .map(|status| status.parse().unwrap());
        statuses.filter(|status| *status != 200).collect()
    }

    /// Codes of all refusals by the statuses they are listed under.
    pub(super) fn codes(&self) -> BTreeMap<u16, BTreeSet<String>> {
        let mut codes = BTreeMap::new();
        for call in self.0["paths"].as_object().unwrap().values() {
            let answers = ["get", "post"].map(|method| call[method]["responses"].as_object());
            for (status, answer) in answers.into_iter().flatten().flatten() {
                let Some(place) = answer["$ref"].as_str() else {
                    continue;
                };
                let place = format!(
                    "{}/content/application~1problem+json/schema/allOf/1/properties/code/enum",
                    place.trim_start_matches('#')
                );
                let listed = self.0.pointer(&place).unwrap().as_array().unwrap();
                let listed = listed.iter().map(|code| code.as_str().unwrap().to_owned());
                codes.insert(status.parse().unwrap(), listed.collect());
            }
        }
        codes
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(place) => self.0.pointer(place.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// Whether a value is as its schema says; only the words that the file uses are known here.
    pub(super) fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.resolved(schema);
        let wrong = |what: &str| Err(format!("{value} is not {what} of {schema}"));
        if let Some(one_of) = schema["oneOf"].as_array() {
            let fits = one_of.iter().filter(|it| self.check(it, value).is_ok());
            return if fits.count() == 1 {
                Ok(())
            } else {
                wrong("one")
            };
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let kinds = &schema["type"];
        let allowed = kinds.as_array().is_some_and(|it| it.contains(&json!(kind)));
        if !(kinds.is_null() || *kinds == kind || allowed) {
            return wrong("the type");
        }
        let words = schema["enum"].as_array();
        if words.is_some_and(|words| !words.contains(value)) {
            return wrong("a word");
        }
        if let Some(items) = value.as_array() {
            for (at, item) in items.iter().enumerate() {
                let place = schema["prefixItems"].get(at);
                self.check(place.unwrap_or(&schema["items"]), item)?;
            }
        }
        let Some(fields) = value.as_object() else {
            return Ok(());
        };
        let needed = schema["required"].as_array().into_iter().flatten();
        for name in needed {
            if !fields.contains_key(name.as_str().unwrap()) {
                return wrong(&format!("whole without {name}"));
            }
        }
        for (name, field) in fields {
            let more = &schema["additionalProperties"];
            match schema["properties"].get(name) {
                Some(schema) => self.check(schema, field)?,
                None if more == true => {}
                None if more.is_object() => self.check(more, field)?,
                None => return wrong(&format!("free of {name}, unlike the fields")),
            }
        }
        Ok(())
    }
}

/// Every object in a value with its place and its schema.
pub(super) fn objects(
    description: &Description,
    schema: &Value,
    value: &Value,
) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut left = vec![(String::new(), schema.clone(), value)];
    while let Some((at, schema, value)) = left.pop() {
        let object = schema["oneOf"].get(0).unwrap_or(&schema);
        let schema = description.resolved(object).clone();
        if let Some(fields) = value.as_object() {
            for (name, field) in fields {
                let schema = schema["properties"][name].clone();
                left.push((format!("{at}/{name}"), schema, field));
            }
            found.push((at, schema));
        } else if let Some(first) = value.get(0) {
            left.push((format!("{at}/0"), schema["items"].clone(), first));
        }
    }
    found
}
