//! Importing 100,000 items against a table as large: read and compared, in a process of its own whose memory
//! is weighed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use storefleet_controller::import::preview::{Mode, Preview};
use storefleet_controller::import::{self, Ask, Current, export};
use storefleet_core::identifier::is_gtin;
use storefleet_core::master::{Cells, Table};

use crate::bench::Metric;

const ITEMS: u32 = 100_000;
/// One item in so many is another in the file than in the table.
const CHANGED_ONE_OF: u32 = 10;
const MIB: f64 = 1_048_576.0;

/// The part of a measuring program that imports one file and says what that took.
#[derive(Debug, clap::Args)]
pub struct Importer {
    /// The file.
    #[arg(long)]
    file: PathBuf,
}

/// What an import took.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Took {
    seconds: f64,
    changed: u64,
    peak_bytes: u64,
}

/// Measures imports of the three forms; the memory is the largest of them.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let (csv, xlsx, cml) = write(folder.path())?;
    let csv = run(&csv)?;
    let xlsx = run(&xlsx)?;
    let cml = run(&cml)?;
    let peak = csv.peak_bytes.max(xlsx.peak_bytes).max(cml.peak_bytes);
    Ok(vec![
        Metric::at_most("import.csv_s", csv.seconds, "s", 5.0),
        Metric::at_most("import.xlsx_s", xlsx.seconds, "s", 10.0),
        Metric::at_most("import.cml_s", cml.seconds, "s", 10.0),
        Metric::at_most("import.rss_mib", peak as f64 / MIB, "MiB", 150.0),
    ])
}

fn run(file: &Path) -> anyhow::Result<Took> {
    let mut child = Command::new(std::env::current_exe()?);
    let output = child.arg("importer").arg("--file").arg(file).output()?;
    ensure!(
        output.status.success(),
        "{}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let took: Took = serde_json::from_slice(&output.stdout)?;
    let expected = u64::from(ITEMS / CHANGED_ONE_OF);
    ensure!(took.changed == expected, "{}: {took:?}", file.display());
    eprintln!("{}: {took:?}", file.display());
    Ok(took)
}

impl Importer {
    /// Imports and prints what it took.
    ///
    /// # Errors
    /// When the file cannot be imported.
    #[allow(clippy::print_stdout, reason = "the measuring process reads it")]
    pub fn run(self) -> anyhow::Result<()> {
        let current = Tables::of(|_| false)?;
        let ask = Ask {
            source: "bench".to_owned(),
            ..Ask::default()
        };
        let started = Instant::now();
        let delivery = import::read(File::open(&self.file)?, &ask, &current)?;
        let first = delivery.refused.first();
        ensure!(first.is_none(), "refused: {first:?}");
        let preview = Preview::of(delivery, Mode::OnlyChanges, &current);
        let seconds = started.elapsed().as_secs_f64();
        let counts = preview.counts.get(&Table::Items);
        let took = Took {
            seconds,
            changed: counts.map_or(0, |counts| counts.changed),
            peak_bytes: peak_bytes()?,
        };
        println!("{}", serde_json::to_string(&took)?);
        Ok(())
    }
}

/// The most memory that this process ever had resident.
fn peak_bytes() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib.context("no VmHWM in /proc/self/status")?.parse()?;
    Ok(kib * 1_024)
}

/// The table of items in memory.
struct Tables(BTreeMap<Box<str>, Box<[u8]>>);

impl Current for Tables {
    fn get(&self, table: Table, key: &str) -> Option<Vec<u8>> {
        let bytes = self.0.get(key).filter(|_| table == Table::Items);
        bytes.map(|bytes| bytes.to_vec())
    }

    fn each_key(&self, table: Table, each: &mut dyn FnMut(&str, &[u8])) {
        if table == Table::Items {
            self.0.iter().for_each(|(key, bytes)| each(key, bytes));
        }
    }
}

impl Tables {
    fn of(is_changed: fn(u32) -> bool) -> anyhow::Result<Self> {
        let spec = Table::Items.spec().context("items are a table")?;
        let mut rows = BTreeMap::new();
        for number in 0..ITEMS {
            let cells = item(number, is_changed(number));
            let cells = cells.into_iter().map(Into::into).collect();
            let row = (spec.read)(&Cells::new(spec.columns, cells))?;
            rows.insert(row.key.into(), row.bytes.into());
        }
        Ok(Self(rows))
    }
}

fn is_changed(number: u32) -> bool {
    number.is_multiple_of(CHANGED_ONE_OF)
}

/// The cells of an item, with leading zeros in its code.
fn item(number: u32, is_changed: bool) -> Vec<String> {
    let payload = format!("29{number:010}");
    let barcode = (0..10).map(|digit| format!("{payload}{digit}"));
    let barcode = barcode.into_iter().find(|code| is_gtin(code));
    let name = if is_changed {
        "Чехол"
    } else {
        "Накладка"
    };
    vec![
        format!("{number:08}"),
        barcode.unwrap_or_default(),
        "goods".to_owned(),
        format!("group-{}", number % 40),
        format!("Brand {}", number % 300),
        format!("{name} для телефона «Модель {number}», прозрачный, силикон"),
        String::new(),
        "шт".to_owned(),
        "none".to_owned(),
        String::new(),
        "base".to_owned(),
        String::new(),
        "0".to_owned(),
        "0".to_owned(),
        "0".to_owned(),
    ]
}

/// Writes the files of the three forms.
fn write(folder: &Path) -> anyhow::Result<(PathBuf, PathBuf, PathBuf)> {
    let spec = Table::Items.spec().context("items are a table")?;
    let tables = Tables::of(is_changed)?;
    let [csv, xlsx, cml] = ["items.csv", "items.xlsx", "items.xml"].map(|name| folder.join(name));
    export::csv(spec, &tables, File::create(&csv)?)?;
    export::xlsx(spec, &tables, File::create(&xlsx)?)?;
    fs::write(&cml, commerceml()?)?;
    Ok((csv, xlsx, cml))
}

/// A catalogue with as much around each product as 1C writes.
fn commerceml() -> anyhow::Result<String> {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<КоммерческаяИнформация \
        xmlns=\"urn:1C.ru:commerceml_2\" ВерсияСхемы=\"2.07\">\n<Каталог \
        СодержитТолькоИзменения=\"false\">\n<Товары>\n"
        .to_owned();
    for number in 0..ITEMS {
        let cells = item(number, is_changed(number));
        let [code, barcode, _, group, brand, name, ..] = cells.as_slice() else {
            continue;
        };
        write!(
            xml,
            "<Товар>\n<Ид>{code}</Ид>\n<Штрихкод>{barcode}</Штрихкод>\n<Артикул>A-{number}</Артикул>\n\
             <Наименование>{name}</Наименование>\n\
             <БазоваяЕдиница Код=\"796\" НаименованиеПолное=\"Штука\">шт</БазоваяЕдиница>\n\
             <Группы>\n<Ид>{group}</Ид>\n</Группы>\n<Описание/>\n\
             <Изготовитель>\n<Ид>{brand}</Ид>\n<Наименование>{brand}</Наименование>\n</Изготовитель>\n\
             <ЗначенияСвойств>\n<ЗначенияСвойства>\n<Ид>444bbea0-6b18-11e0-9819-e0cb4ed5eed4</Ид>\n\
             <Значение>444bbea3-6b18-11e0-9819-e0cb4ed5eed4</Значение>\n</ЗначенияСвойства>\n</ЗначенияСвойств>\n\
             <СтавкиНалогов>\n<СтавкаНалога>\n<Наименование>НДС</Наименование>\n<Ставка>22</Ставка>\n\
             </СтавкаНалога>\n</СтавкиНалогов>\n\
             <ЗначенияРеквизитов>\n<ЗначениеРеквизита>\n<Наименование>ТипНоменклатуры</Наименование>\n\
             <Значение>Товар</Значение>\n</ЗначениеРеквизита>\n</ЗначенияРеквизитов>\n</Товар>\n"
        )?;
    }
    xml.push_str("</Товары>\n</Каталог>\n</КоммерческаяИнформация>\n");
    Ok(xml)
}
