//! Power lost at every step: what was committed is there, the rest is whole or not there at all.

use super::records::{Chained, SMALL, Writer, open, read_all};
use crate::{Folder, Log, SimFolder, verify};

/// What a run that lost power had done.
struct Run {
    staged: Vec<Vec<u8>>,
    committed: u64,
    pruned_before: u64,
}

/// Writes until the script ends or power goes. The same seed does the same steps.
fn run(folder: &SimFolder, seed: u64) -> Run {
    let mut run = Run {
        staged: Vec::new(),
        committed: 0,
        pruned_before: 0,
    };
    let Ok((log, _)) = Log::open(folder.clone(), Chained, SMALL) else {
        return run;
    };
    let mut writer = Writer::new(log, Vec::new());
    let mut throw = seed;
    for turn in 0..14_u64 {
        throw = throw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(turn);
        for i in 0..1 + (throw >> 33) % 5 {
            let till = u8::try_from(1 + (throw >> 40) % 2).unwrap();
            writer.stage(till, usize::try_from((throw >> (10 + i)) % 450).unwrap());
        }
        run.staged.clone_from(&writer.staged);
        let Ok(committed) = writer.log.commit() else {
            break;
        };
        run.committed = committed;
        if (throw >> 50).is_multiple_of(4) && writer.log.prepare_next().is_err() {
            break;
        }
        if (throw >> 53).is_multiple_of(5) {
            run.pruned_before = committed / 2;
            if writer.log.prune_before(committed / 2).is_err() {
                break;
            }
        }
    }
    run
}

/// Opens the image, goes on writing, and says whether a torn tail was cut.
fn check(image: &SimFolder, run: &Run) -> bool {
    let report = verify(image, &Chained).unwrap();
    let (log, opened) = Log::open(image.clone(), Chained, SMALL).unwrap();
    assert_eq!(report.last_ordinal, opened.last_ordinal);
    let last = usize::try_from(opened.last_ordinal).unwrap();
    assert!(
        opened.last_ordinal >= run.committed,
        "a committed record is lost"
    );
    assert!(last <= run.staged.len(), "a record nobody staged");
    let (oldest, records) = read_all(&log.reader());
    assert!(oldest <= run.pruned_before.max(1));
    assert_eq!(
        records,
        run.staged[usize::try_from(oldest).unwrap() - 1..last]
    );
    let mut writer = Writer::new(log, run.staged[..last].to_vec());
    for _ in 0..3 {
        writer.append(300);
    }
    let (log, reopened) = Log::open(image.clone(), Chained, SMALL).unwrap();
    assert_eq!(reopened.cut, None);
    assert_eq!(reopened.last.as_ref(), writer.staged.last());
    assert_eq!(log.durable(), verify(image, &Chained).unwrap().last_ordinal);
    for torn in opened.cut.iter() {
        assert!(
            image
                .list()
                .unwrap()
                .contains(torn.kept_aside.as_ref().unwrap())
        );
    }
    opened.cut.is_some()
}

#[test]
fn committed_records_outlive_a_loss_of_power_at_any_step() {
    let (mut images, mut torn) = (0, 0);
    for seed in 0..8 {
        let whole = SimFolder::new();
        run(&whole, seed);
        for step in 0..=whole.steps() {
            let folder = SimFolder::new();
            folder.power_off_after(step);
            let run = run(&folder, seed);
            for fate in 0..16 {
                torn += u32::from(check(&folder.crash(fate), &run));
                images += 1;
            }
        }
    }
    assert!(images > 8000 && torn > 500, "{images} images, {torn} torn");
}

#[test]
fn power_may_go_again_while_a_torn_tail_is_cut() {
    for fate in 0..40 {
        let folder = SimFolder::new();
        folder.power_off_after(25 + fate % 7);
        let run = run(&folder, 3);
        let image = folder.crash(fate);
        for step in 0..8 {
            let again = image.crash(0);
            again.power_off_after(step);
            let opened = Log::open(again.clone(), Chained, SMALL);
            drop(opened);
            check(&again.crash(fate + step), &run);
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_of_its_commits() {
    for seed in 0..20 {
        let folder = SimFolder::new();
        let run = run(&folder, seed);
        // The page cache stays: what was written is there, synced or not.
        check(&folder, &run);
    }
}

#[test]
fn what_opening_found_unsynced_is_durable_after_it() {
    for fate in 0..20 {
        let folder = SimFolder::new();
        let mut writer = open(&folder);
        writer.append(300);
        // As a process killed between its write and its sync leaves the file.
        folder.set_lying(true);
        writer.append(300);
        folder.set_lying(false);
        let (_, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
        assert_eq!(opened.last_ordinal, 2);
        let (_, opened) = Log::open(folder.crash(fate), Chained, SMALL).unwrap();
        assert_eq!(opened.last_ordinal, 2);
    }
}

#[test]
fn a_lying_disk_is_no_panic() {
    for fate in 0..40 {
        let folder = SimFolder::new();
        folder.set_lying(true);
        run(&folder, fate);
        let image = folder.crash(fate);
        if let Ok((log, _)) = Log::open(image, Chained, SMALL) {
            let reader = log.reader();
            let read = reader.oldest().map(|it| reader.read_from(it).count());
            assert!(read.is_err() || read.is_ok_and(|it| it as u64 <= log.durable()));
        }
    }
}
