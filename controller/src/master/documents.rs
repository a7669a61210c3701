//! Documents for shops: what a change of opening balances moves, numbered by the entry of the log that made it.

use std::collections::BTreeMap;

use redb::{ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use storefleet_core::brought_forward::StockRow;
use storefleet_core::cbor;
use storefleet_core::document::adoption::Adoption;
use storefleet_core::document::{Body, Document, DocumentNumber, ROWS_MAX, UnitRow};
use storefleet_core::entry::BODY_BYTES_MAX;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::master::Table;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::opening_stock::{Move, moved};

use super::store::{ChangeCard, MasterStore, StoreError};

/// By workplace and number.
const DOCUMENTS: TableDefinition<'_, (&str, u32, u64, u32), &[u8]> =
    TableDefinition::new("documents");

/// By workplace and epoch of the retired machine: the last entry that was decided on.
const TAILS: TableDefinition<'_, (&str, u32), u64> = TableDefinition::new("tails");

/// What a person decided on the late tail of a machine that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TailFact {
    /// Whose.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Its last entry that was looked at.
    #[n(1)]
    pub last: Mark,
    /// What counts of it; nothing where it was refused.
    #[n(2)]
    pub adoptions: Vec<Adoption>,
    /// Why.
    #[n(3)]
    pub why: String,
}

/// Bytes of the rows of one document: half the bound of a body, for who and why stand beside them.
const PIECE_BYTES: usize = BODY_BYTES_MAX / 2;

/// The newest document of every workplace that has any.
pub(super) type Newest = BTreeMap<WorkplaceId, DocumentNumber>;

/// Makes the table, and reads what is the newest of each workplace.
pub(super) fn open(write: &WriteTransaction) -> Result<Newest, StoreError> {
    write.open_table(TAILS)?;
    let documents = write.open_table(DOCUMENTS)?;
    let mut newest = Newest::new();
    for item in documents.iter()? {
        let (key, _) = item?;
        let (workplace, life, entry, part) = key.value();
        let number = DocumentNumber { life, entry, part };
        if let Ok(workplace) = workplace.parse() {
            newest.insert(workplace, number);
        }
    }
    Ok(newest)
}

/// Keeps the documents that a change makes; gives the newest of each workplace.
pub(super) fn order(
    write: &WriteTransaction,
    (life, entry): (u32, u64),
    rows: &[RowChange],
    card: &ChangeCard,
) -> Result<Newest, StoreError> {
    let mut newest = Newest::new();
    for (workplace, Moves { quantities, units }) in moves(rows) {
        let quantities = pieces(quantities).into_iter().map(Body::Stock);
        let bodies = quantities.chain(pieces(units).into_iter().map(Body::Units));
        let kept = keep(
            write,
            &workplace,
            (life, entry),
            (&card.actor, &card.why),
            bodies,
        )?;
        newest.extend(kept.map(|number| (workplace, number)));
    }
    Ok(newest)
}

/// Keeps what was decided on a tail, and the documents that it makes.
pub(super) fn adopt(
    write: &WriteTransaction,
    place: (u32, u64),
    fact: TailFact,
    actor: &str,
) -> Result<Newest, StoreError> {
    let TailFact {
        workplace,
        last,
        adoptions,
        why,
    } = fact;
    let name = workplace.to_string();
    let mut tails = write.open_table(TAILS)?;
    tails.insert((name.as_str(), last.epoch.0), last.seq.0)?;
    let bodies = adoptions.into_iter().map(|it| Body::Adopted(Box::new(it)));
    let kept = keep(write, &workplace, place, (actor, &why), bodies)?;
    Ok(kept.map(|number| (workplace, number)).into_iter().collect())
}

/// Keeps the documents of one entry for a workplace; gives the number of the last.
fn keep(
    write: &WriteTransaction,
    workplace: &WorkplaceId,
    (life, entry): (u32, u64),
    (actor, why): (&str, &str),
    bodies: impl Iterator<Item = Body>,
) -> Result<Option<DocumentNumber>, StoreError> {
    let mut documents = write.open_table(DOCUMENTS)?;
    let mut last = None;
    for (part, body) in (0_u32..).zip(bodies) {
        let document = Document {
            number: DocumentNumber { life, entry, part },
            actor: actor.to_owned(),
            why: why.to_owned(),
            body,
        };
        let key = (&*workplace.to_string(), life, entry, part);
        documents.insert(key, cbor::encode(&document).as_slice())?;
        last = Some(document.number);
    }
    Ok(last)
}

/// Rows of one document each: as many as its fact has room for.
fn pieces<T: minicbor::Encode<()>>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    let mut room = 0_usize;
    for row in rows {
        let bytes = cbor::encode(&row).len();
        match pieces.last_mut() {
            Some(piece) if piece.len() < ROWS_MAX && bytes <= room => {
                room = room.saturating_sub(bytes);
                piece.push(row);
            }
            Some(_) | None => {
                room = PIECE_BYTES.saturating_sub(bytes);
                pieces.push(vec![row]);
            }
        }
    }
    pieces
}

/// What opening balances move in a store.
#[derive(Default)]
struct Moves {
    quantities: Vec<StockRow>,
    units: Vec<UnitRow>,
}

/// What opening balances move, by the workplace that books it: the first of the store, so that it is booked once.
fn moves(rows: &[RowChange]) -> BTreeMap<WorkplaceId, Moves> {
    let mut moves: BTreeMap<WorkplaceId, Moves> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.table == Table::OpeningStock) {
        let sides = [row.from.as_ref(), row.to.as_ref()].map(|side| side.map(|it| it.as_slice()));
        let [from, to] = sides;
        let Some((store, row)) = moved(from, to) else {
            continue;
        };
        let workplace = format!("{}-1", store.as_str().to_lowercase()).parse();
        let Ok(workplace) = workplace else {
            continue;
        };
        let of_store = moves.entry(workplace).or_default();
        match row {
            Move::Quantity(row) => of_store.quantities.push(row),
            Move::Unit(unit) => of_store.units.push(unit),
        }
    }
    moves
}

impl MasterStore {
    /// The newest document of every workplace that has any.
    #[must_use]
    pub fn newest_documents(&self) -> &BTreeMap<WorkplaceId, DocumentNumber> {
        &self.documents
    }

    /// Up to which entry tails of a workplace were decided on, by epoch of the retired machine.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tails_of(&self, workplace: &WorkplaceId) -> Result<BTreeMap<Epoch, Seq>, StoreError> {
        let tails = self.database.begin_read()?.open_table(TAILS)?;
        let name = workplace.to_string();
        let mut found = BTreeMap::new();
        for item in tails.range((name.as_str(), 0)..=(name.as_str(), u32::MAX))? {
            let (key, seq) = item?;
            found.insert(Epoch(key.value().1), Seq(seq.value()));
        }
        Ok(found)
    }

    /// The documents of a workplace behind a number, the oldest first, as many as are asked for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn documents_behind(
        &self,
        workplace: &WorkplaceId,
        number: DocumentNumber,
        most: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let documents = self.database.begin_read()?.open_table(DOCUMENTS)?;
        let name = workplace.to_string();
        let DocumentNumber { life, entry, part } = number;
        let from = (name.as_str(), life, entry, part.saturating_add(1));
        let to = (name.as_str(), u32::MAX, u64::MAX, u32::MAX);
        let mut found = Vec::new();
        for item in documents.range(from..=to)?.take(most) {
            let (key, bytes) = item?;
            let unreadable = |_| StoreError::Record(format!("document {:?}", key.value()));
            found.push(cbor::decode(bytes.value()).map_err(unreadable)?);
        }
        Ok(found)
    }
}
