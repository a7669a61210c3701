//! Five times, cut in half, in another order or with a broken row: the same tables in the end.

use proptest::prelude::*;

use super::*;
use crate::import::quarantine::Quarantine;

/// Items of a chain: a known name and what the file says of them.
fn items() -> impl Strategy<Value = Vec<(u32, u32, bool)>> {
    proptest::collection::btree_map(0_u32..60, (0_u32..5, any::<bool>()), 4..40).prop_map(|rows| {
        rows.into_iter()
            .map(|(code, (name, vat))| (code, name, vat))
            .collect()
    })
}

fn line((code, name, has_vat): (u32, u32, bool)) -> String {
    let vat = if has_vat { "base" } else { "none" };
    let barcode = barcode(u64::from(code));
    format!("{code:04};{barcode};Товар {name};{vat};{name},5\n")
}

fn file(rows: &[(u32, u32, bool)]) -> String {
    let heading = "Код;Штрихкод;Наименование;НДС;Базовая цена\n".to_owned();
    std::iter::once(heading)
        .chain(rows.iter().map(|row| line(*row)))
        .collect()
}

fn loaded(before: &Tables, files: &[String]) -> Tables {
    let mut tables = before.clone();
    for file in files {
        tables.load(file.as_bytes(), &ask(), Mode::OnlyChanges);
    }
    tables
}

proptest! {
    // Each case reads a dozen files.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn however_a_file_comes_the_tables_end_the_same(
        before in items(), rows in items(), turn in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(),
    ) {
        let before = loaded(&Tables::default(), &[file(&before)]);
        let clean = loaded(&before, &[file(&rows)]);

        let again = vec![file(&rows); 5];
        prop_assert_eq!(&loaded(&before, &again), &clean);
        let mut tables = clean.clone();
        prop_assert!(tables.load(file(&rows).as_bytes(), &ask(), Mode::OnlyChanges).changes.is_empty());

        let (first, second) = rows.split_at(cut.index(rows.len()));
        prop_assert_eq!(&loaded(&before, &[file(first), file(second)]), &clean);
        prop_assert_eq!(&loaded(&before, &[file(second), file(first)]), &clean);

        let mut turned = rows.clone();
        turned.rotate_left(turn.index(rows.len()));
        turned.reverse();
        prop_assert_eq!(&loaded(&before, &[file(&turned)]), &clean);
    }

    #[test]
    fn a_broken_row_that_is_mended_ends_the_same(
        before in items(), rows in items(), at in any::<prop::sample::Index>(), mode in any::<bool>(),
    ) {
        let mode = if mode { Mode::Whole } else { Mode::OnlyChanges };
        let before = loaded(&Tables::default(), &[file(&before)]);
        let mut clean = before.clone();
        clean.load(file(&rows).as_bytes(), &ask(), mode);

        let (code, name, has_vat) = *at.get(&rows);
        let good = format!(";{}\n", format_args!("{name},5"));
        let row = line((code, name, has_vat));
        let broken = file(&rows).replace(&row, &row.replace(&good, ";пять\n"));
        let mut tables = before.clone();
        let preview = tables.load(broken.as_bytes(), &ask(), mode);
        prop_assert_eq!(preview.refused.len(), 1);

        let mut stored = Vec::new();
        Quarantine::of(&preview).write(&mut stored).unwrap();
        let mut quarantine = Quarantine::read(&*stored).unwrap();
        let still = quarantine.run(&ask(), &tables).unwrap();
        prop_assert_eq!(&still.refused, &preview.refused);
        quarantine.mend(preview.refused[0].line, "base_price_rub", &format!("{name},5"));
        let mended = quarantine.run(&ask(), &tables).unwrap();
        prop_assert!(mended.refused.is_empty());
        tables.apply(Preview::of(mended, Mode::OnlyChanges, &tables.clone()));
        prop_assert_eq!(tables, clean);
    }
}

#[test]
fn a_delivery_is_known_by_content_and_source() {
    let file = file(&[(1, 1, true)]);
    let id = |source: &str, file: &str| {
        let ask = Ask {
            source: source.to_owned(),
            ..ask()
        };
        read(Cursor::new(file), &ask, &Tables::default())
            .unwrap()
            .id
    };
    assert_eq!(id("D0001", &file), id("D0001", &file));
    assert_ne!(id("D0001", &file), id("D0002", &file));
    assert_ne!(id("D0001", &file), id("D0001", &format!("{file}\n")));
}
