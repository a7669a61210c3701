//! Commands on the folder of the offline root; none needs a network.

use ring::rand::SecureRandom;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_provision::offline::{OfflineRoot, Rotation};
use storefleet_wire::keys::KeyList;

use super::{CaCommand, Failure, KeysCommand, RootFolder, RotateOrder};

pub(crate) fn ca(
    command: CaCommand,
    now: Timestamp,
    rng: &dyn SecureRandom,
) -> Result<(), Failure> {
    match command {
        CaCommand::Init(place) => {
            OfflineRoot::create(&place.folder, &place.name, now, rng)?;
            let folder = place.folder.display();
            println!("made the offline root in {folder}");
            println!("- keep {folder} off line, with one copy elsewhere;");
            println!("- move the list-root key that is not the current one to a third place:");
            println!("  `keys list` shows which is current;");
            println!("- copy {folder}/online to the centre as its folder of keys, mode 0700.");
        }
        CaCommand::Issuing(place) => {
            let rotation = Rotation {
                issuing: true,
                ..Rotation::default()
            };
            let number = open(&place)?.rotate(&rotation, now, rng)?;
            report_list(&place, number);
        }
    }
    Ok(())
}

pub(crate) fn keys(
    command: KeysCommand,
    now: Timestamp,
    rng: &dyn SecureRandom,
) -> Result<(), Failure> {
    match command {
        KeysCommand::List(place) => match open(&place)?.list() {
            Some(list) => show(list, now),
            None => println!("no key list was signed yet"),
        },
        KeysCommand::Rotate(order) => rotate(order, now, rng)?,
    }
    Ok(())
}

fn rotate(order: RotateOrder, now: Timestamp, rng: &dyn SecureRandom) -> Result<(), Failure> {
    if order.roles.is_empty() && !order.roots {
        let text = "nothing to rotate; name a role with --role, or give --roots";
        return Err(Failure::Arguments(text.to_owned()));
    }
    let rotation = Rotation {
        roles: order.roles.into_iter().map(Into::into).collect(),
        issuing: false,
        roots: order.roots,
    };
    let number = open(&order.root)?.rotate(&rotation, now, rng)?;
    report_list(&order.root, number);
    Ok(())
}

fn open(place: &RootFolder) -> Result<OfflineRoot, Failure> {
    Ok(OfflineRoot::open(&place.folder, &place.name)?)
}

fn report_list(place: &RootFolder, number: u64) {
    println!("signed key list {number}");
    let folder = place.folder.display();
    println!("- copy {folder}/online over the centre's folder of keys and restart the centre.");
}

fn show(list: &KeyList, now: Timestamp) {
    println!("key list {}", list.number);
    println!("list root  {} current", list.roots.current.id());
    println!("list root  {} next", list.roots.next.id());
    for entry in &list.keys {
        let (from, until) = (date(entry.not_before), date(entry.not_after));
        let validity = if entry.is_valid_at(now) {
            "valid"
        } else {
            "not valid now"
        };
        let (role, id) = (entry.role.name(), entry.key.id());
        println!("{role:<10} {id} {from} to {until}, {validity}");
    }
}

fn date(at: Timestamp) -> String {
    let offset = OffsetMinutes(0);
    StoreTime { at, offset }.date().to_string()
}
