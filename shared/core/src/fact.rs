//! Everything that can happen in a shop: one variant per fact, dispatch only.

use crate::cbor;
use crate::kind::FactKind;

macro_rules! facts {
    ($($variant:ident($body:path) = $kind:ident,)+) => {
        /// What an entry says happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fact {
            $(#[doc = concat!("See [`", stringify!($body), "`].")] $variant($body),)+
            /// A kind or a form of a newer version: stored and shown, not folded.
            Unknown {
                /// The number in the header.
                kind: FactKind,
                /// The body as written.
                body: Vec<u8>,
            },
        }

        impl Fact {
            /// The kinds whose bodies this version knows.
            pub const KINDS: &[FactKind] = &[$(FactKind::$kind,)+];

            /// The number of the kind in the header.
            #[must_use]
            pub fn kind(&self) -> FactKind {
                match self {
                    $(Self::$variant(_) => FactKind::$kind,)+
                    Self::Unknown { kind, .. } => *kind,
                }
            }

            /// The bytes of the body.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$variant(body) => cbor::encode(body),)+
                    Self::Unknown { body, .. } => body.clone(),
                }
            }

            /// The fact of a body; a body that does not fit its kind is unknown, never lost.
            #[must_use]
            pub fn decode(kind: FactKind, body: &[u8]) -> Self {
                let known = match kind {
                    $(FactKind::$kind => cbor::decode(body).ok().map(Self::$variant),)+
                    _ => None,
                };
                known.unwrap_or_else(|| Self::Unknown { kind, body: body.to_vec() })
            }
        }
    };
}

facts! {
    Genesis(crate::epoch::Genesis) = GENESIS,
    BroughtForward(crate::brought_forward::Part) = BROUGHT_FORWARD,
    BroughtForwardEnd(crate::brought_forward::End) = BROUGHT_FORWARD_END,
    Adopted(crate::document::adoption::Adopted) = ADOPTED,
    AgentStarted(crate::agent::Started) = AGENT_STARTED,
    ShiftOpened(crate::shift::Opened) = SHIFT_OPENED,
    ShiftClosed(crate::shift::Closed) = SHIFT_CLOSED,
    Sale(crate::receipt::Sale) = SALE,
    Return(crate::receipt::Return) = RETURN,
    CashIn(crate::cash::Moved) = CASH_IN,
    CashOut(crate::cash::Moved) = CASH_OUT,
    WrittenOff(crate::stock::WrittenOff) = WRITEOFF,
    StockBooked(crate::document::StockBooked) = STOCK_BOOKED,
    PricetagPrinted(crate::shelf_tag::Printed) = PRICETAG_PRINTED,
    DatasetApplied(crate::dataset::manifest::Applied) = DATASET_APPLIED,
    DatasetRejected(crate::dataset::manifest::Rejected) = DATASET_REJECTED,
    DatasetRepaired(crate::dataset::repair::Repaired) = DATASET_REPAIRED,
}
