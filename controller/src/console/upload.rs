//! Reads a form with a file in it (`multipart/form-data`), the whole of it in memory.

use axum::http::{HeaderMap, header};

use super::form::Fields;

/// Longest heading of a part, in bytes.
const HEADING_BYTES_MAX: usize = 4_096;

/// A form with a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Upload<'b> {
    /// Its other fields.
    pub(super) fields: Fields,
    /// Name of the file; empty where none was chosen.
    pub(super) name: String,
    /// The file.
    pub(super) bytes: &'b [u8],
}

/// Reads the form; nothing where it is none.
pub(super) fn read<'b>(headers: &HeaderMap, body: &'b [u8]) -> Option<Upload<'b>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameters = kind.strip_prefix("multipart/form-data;")?;
    let boundary = parameters
        .trim()
        .strip_prefix("boundary=")?
        .trim_matches('"');
    let mark = format!("--{boundary}");
    let mut rest = body.strip_prefix(mark.as_bytes())?;
    let between = format!("\r\n{mark}");
    let mut upload = Upload {
        fields: Fields::default(),
        name: String::new(),
        bytes: &[],
    };
    let mut pairs = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, between.as_bytes())?;
        let (part, behind) = part.split_at_checked(end)?;
        rest = behind.get(between.len()..)?;
        let head_end = find(part.get(..part.len().min(HEADING_BYTES_MAX))?, b"\r\n\r\n")?;
        let (heading, content) = part.split_at_checked(head_end)?;
        let content = content.get(4..)?;
        let heading = String::from_utf8_lossy(heading);
        let name = parameter(&heading, "name")?;
        match parameter(&heading, "filename") {
            Some(file) => {
                upload.name = file;
                upload.bytes = content;
            }
            None => pairs.push((name, String::from_utf8_lossy(content).into_owned())),
        }
    }
    upload.fields = Fields::from_pairs(pairs);
    Some(upload)
}

/// A parameter of `Content-Disposition`; browsers write quotes in names as `%22`.
fn parameter(heading: &str, name: &str) -> Option<String> {
    let line = heading.lines().find(|line| {
        line.get(..20)
            .is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let (_, rest) = line.split_once(&format!("; {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("%22", "\""))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..)?;
        let at = rest.iter().position(|byte| *byte == first)?;
        let here = from.saturating_add(at);
        if bytes.get(here..)?.starts_with(wanted) {
            return Some(here);
        }
        from = here.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            axum::http::HeaderValue::from_static(kind),
        );
        headers
    }

    #[test]
    fn a_file_and_its_fields_are_read_as_browsers_send_them() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"whole\"\r\n\r\n1\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"прайс %22А%22.csv\"\r\n\
            Content-Type: text/csv\r\n\r\na;b\r\n--y\r\n\r\n--x--\r\n";
        let kind = headers("multipart/form-data; boundary=x");
        let upload = read(&kind, body.as_bytes()).unwrap();
        assert_eq!(upload.name, "прайс \"А\".csv");
        assert_eq!(upload.bytes, b"a;b\r\n--y\r\n");
        assert_eq!(upload.fields.get("whole"), "1");
    }

    #[test]
    fn what_is_no_form_or_ends_early_is_nothing() {
        let kind = headers("multipart/form-data; boundary=x");
        for body in [
            "",
            "--x",
            "--x\r\nfoo",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
        ] {
            let read = read(&kind, body.as_bytes());
            assert!(
                read.is_none_or(|upload| upload.bytes.is_empty()),
                "{body:?}"
            );
        }
        assert_eq!(read(&headers("text/plain"), b"--x--"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_stumble(body in proptest::collection::vec(0_u8..=255, 0..200)) {
            let mut whole = b"--x\r\n".to_vec();
            whole.extend(body);
            drop(read(&headers("multipart/form-data; boundary=x"), &whole));
        }
    }
}
