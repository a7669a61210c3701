//! Looks a file over before anything is taken from it: size, hash, form by content, encoding.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1251};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use ring::digest::{Context, SHA256};
use storefleet_core::ids::Hash;
use zip::ZipArchive;

use super::ImportError;

/// Largest file that is read, in bytes as delivered.
pub const FILE_BYTES_MAX: u64 = 256 << 20;
/// Most that a packed file may unpack to, in bytes.
pub const UNPACKED_BYTES_MAX: u64 = 1 << 30;
/// A packed part may unpack to so many times its size: tables reach 30 to 60, bombs 1,000.
pub const UNPACKED_TIMES_MAX: u64 = 200;
/// Parts below this size are never called bombs, in bytes unpacked.
const UNPACKED_SMALL: u64 = 4 << 20;
/// Most parts of an XLSX.
const PARTS_MAX: usize = 10_000;
/// What of a text is looked at for its heading.
pub(super) const HEAD_BYTES: u64 = 64 << 10;

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Xml,
    Xlsx,
}

/// What is known of a file before it is read.
pub(super) struct Survey {
    pub(super) id: Hash,
    pub(super) form: Form,
    /// Its last line ends; of a text only.
    pub(super) ends_whole: bool,
    encoding: &'static Encoding,
    is_packed: bool,
}

impl Survey {
    /// The text of the file from its beginning, as UTF-8.
    pub(super) fn text<'f, R: Read + Seek>(
        &self,
        file: &'f mut R,
    ) -> Result<impl Read + use<'f, R>, ImportError> {
        let plain = unpacked(file, self.is_packed)?.take(UNPACKED_BYTES_MAX);
        Ok(DecodeReaderBytesBuilder::new()
            .encoding(Some(self.encoding))
            .strip_bom(true)
            .build(plain))
    }
}

/// Surveys a file.
pub(super) fn survey<R: Read + Seek>(file: &mut R, source: &str) -> Result<Survey, ImportError> {
    let bytes = file.seek(SeekFrom::End(0))?;
    match bytes {
        0 => return Err(ImportError::Empty),
        1..=FILE_BYTES_MAX => {}
        _ => {
            let max = FILE_BYTES_MAX;
            return Err(ImportError::TooLarge { bytes, max });
        }
    }
    let id = identity(file, source)?;
    let head = head(file, false)?;
    if head.starts_with(b"PK") {
        weigh(file)?;
        return Ok(Survey {
            id,
            form: Form::Xlsx,
            ends_whole: true,
            encoding: UTF_8,
            is_packed: false,
        });
    }
    for (magic, kind) in REFUSED_KINDS {
        if head.starts_with(magic) {
            return Err(ImportError::Kind { kind });
        }
    }
    let is_packed = head.starts_with(&[0x1f, 0x8b]);
    let checked = check_text(unpacked(file, is_packed)?, bytes, is_packed)?;
    let head = self::head(file, is_packed)?;
    let encoding = encoding(&head, checked.is_utf8);
    let mut survey = Survey {
        id,
        form: Form::Text,
        ends_whole: checked.ends_whole,
        encoding,
        is_packed,
    };
    let mut start = Vec::new();
    survey
        .text(file)?
        .take(HEAD_BYTES)
        .read_to_end(&mut start)?;
    let start = String::from_utf8_lossy(&start);
    if start.contains('\0') {
        let kind = "binary data";
        return Err(ImportError::Kind { kind });
    }
    match start.trim_start().chars().next() {
        None => return Err(ImportError::Empty),
        Some('<') => survey.form = Form::Xml,
        Some(_) => {}
    }
    Ok(survey)
}

/// What people send by mistake, by its first bytes.
const REFUSED_KINDS: &[(&[u8], &str)] = &[
    (&[0xd0, 0xcf, 0x11, 0xe0], "XLS, or XLSX with a password"),
    (b"%PDF", "PDF"),
    (b"Rar!", "RAR"),
    (&[b'7', b'z', 0xbc, 0xaf], "7z"),
];

fn identity<R: Read + Seek>(file: &mut R, source: &str) -> Result<Hash, ImportError> {
    let mut hasher = Context::new(&SHA256);
    hasher.update(source.as_bytes());
    // A source name cannot hold it, so no name and content make another pair.
    hasher.update(&[0]);
    file.rewind()?;
    let mut reader = BufReader::with_capacity(64 << 10, file);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            let digest = hasher.finish();
            return Ok(Hash(digest.as_ref().try_into().unwrap_or_default()));
        }
        hasher.update(chunk);
        let len = chunk.len();
        reader.consume(len);
    }
}

fn unpacked<R: Read + Seek>(
    file: &mut R,
    is_packed: bool,
) -> Result<Box<dyn Read + '_>, ImportError> {
    file.rewind()?;
    let file = BufReader::with_capacity(64 << 10, file);
    Ok(if is_packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

fn head<R: Read + Seek>(file: &mut R, is_packed: bool) -> Result<Vec<u8>, ImportError> {
    let mut head = Vec::new();
    let plain = unpacked(file, is_packed)?;
    plain.take(1_024).read_to_end(&mut head)?;
    Ok(head)
}

struct Checked {
    is_utf8: bool,
    ends_whole: bool,
}

/// Unpacks all of a text once: only then its size, its end and its encoding are known.
fn check_text(mut plain: impl Read, packed: u64, is_packed: bool) -> Result<Checked, ImportError> {
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut scratch = vec![0; 256 << 10];
    let mut chunk = vec![0; 64 << 10];
    let (mut total, mut is_utf8, mut last) = (0_u64, true, b'\n');
    loop {
        let len = match plain.read(&mut chunk) {
            Ok(len) => len,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let place = format!("byte {total}");
                return Err(ImportError::Truncated { place });
            }
            Err(error) if is_packed => {
                let (place, problem) = (format!("byte {total}"), error.to_string());
                return Err(ImportError::Damaged { place, problem });
            }
            Err(error) => return Err(error.into()),
        };
        let read = chunk.get(..len).unwrap_or_default();
        total = total.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        bounded("gzip", packed, total)?;
        if is_utf8 {
            let is_last = len == 0;
            let (result, _, _) =
                decoder.decode_to_utf8_without_replacement(read, &mut scratch, is_last);
            is_utf8 = !matches!(result, encoding_rs::DecoderResult::Malformed(..));
        }
        match read.last() {
            Some(byte) => last = *byte,
            None => break,
        }
    }
    let ends_whole = matches!(last, b'\n' | b'\r' | 0);
    Ok(Checked {
        is_utf8,
        ends_whole,
    })
}

/// Refuses a part that unpacks to too much, or to far more than it weighs.
fn bounded(place: &str, packed: u64, unpacked: u64) -> Result<(), ImportError> {
    let by_ratio = packed
        .saturating_mul(UNPACKED_TIMES_MAX)
        .max(UNPACKED_SMALL);
    let max = UNPACKED_BYTES_MAX.min(by_ratio);
    if unpacked <= max {
        return Ok(());
    }
    let place = place.to_owned();
    Err(ImportError::Bomb { place, max })
}

/// Unpacks every part of an XLSX once and keeps nothing: the sizes it declares may be lies.
fn weigh<R: Read + Seek>(file: &mut R) -> Result<(), ImportError> {
    file.rewind()?;
    let damaged = |place: &str, problem: String| ImportError::Damaged {
        place: place.to_owned(),
        problem,
    };
    let reader = BufReader::new(file);
    let mut archive = ZipArchive::new(reader).map_err(|error| damaged("zip", error.to_string()))?;
    if archive.len() > PARTS_MAX {
        return Err(damaged("zip", format!("more than {PARTS_MAX} parts")));
    }
    if archive.index_for_name("xl/workbook.xml").is_none() {
        let kind = "a ZIP archive";
        return Err(ImportError::Kind { kind });
    }
    let mut total = 0_u64;
    let mut chunk = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive
            .by_index(index)
            .map_err(|error| damaged("zip", error.to_string()))?;
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        let (packed, mut unpacked) = (part.compressed_size(), 0_u64);
        loop {
            let len = part
                .read(&mut chunk)
                .map_err(|error| damaged(&name, error.to_string()))?;
            if len == 0 {
                break;
            }
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            unpacked = unpacked.saturating_add(len);
            total = total.saturating_add(len);
            bounded(&name, packed, unpacked)?;
            bounded(&name, u64::MAX, total)?;
        }
    }
    Ok(())
}

fn encoding(head: &[u8], is_utf8: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    if is_utf8 {
        return UTF_8;
    }
    declared(head).unwrap_or(WINDOWS_1251)
}

/// The encoding that an XML declaration names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head);
    let declaration = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.split(['"', '\'']).nth(1)?;
    Encoding::for_label(label.as_bytes())
}
