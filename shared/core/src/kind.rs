//! Numbers of the fact kinds: reserved once, never used for anything else.

use std::fmt;

/// Number of a kind of fact, as it stands in the header of an entry.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct FactKind(#[n(0)] pub u16);

macro_rules! kinds {
    ($($constant:ident = $number:literal $name:literal,)+) => {
        impl FactKind {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Self = Self($number);)+

            /// Every reserved kind with its name, by number. A body is declared with its first writer.
            pub const RESERVED: &[(Self, &str)] = &[$((Self::$constant, $name),)+];
        }
    };
}

kinds! {
    GENESIS = 1 "genesis",
    BROUGHT_FORWARD = 2 "brought-forward",
    BROUGHT_FORWARD_END = 3 "brought-forward.end",
    JOURNAL_CHECKPOINT = 4 "journal.checkpoint",
    JOURNAL_DAMAGED = 5 "journal.damaged",
    ADOPTED = 6 "adopted",
    RECOVERED = 7 "recovered",
    AGENT_STARTED = 10 "agent.started",
    AGENT_STOPPED = 11 "agent.stopped",
    AGENT_UPGRADED = 12 "agent.upgraded",
    CLOCK_ADJUSTED = 13 "clock.adjusted",
    CONFIG_APPLIED = 14 "config.applied",
    SHIFT_OPENED = 20 "shift.opened",
    SHIFT_CLOSED = 21 "shift.closed",
    RECEIPT_OPENED = 30 "receipt.opened",
    LINE_ADDED = 31 "line.added",
    LINE_REMOVED = 32 "line.removed",
    RECEIPT_CANCELLED = 33 "receipt.cancelled",
    SALE = 34 "sale",
    RETURN = 35 "return",
    CORRECTION = 36 "correction",
    FISCAL_INTENT = 40 "fiscal.intent",
    FISCAL_RESOLVED = 41 "fiscal.resolved",
    PAYMENT_AUTH = 45 "payment.auth",
    PAYMENT_REVERSED = 46 "payment.reversed",
    PAYMENT_UNKNOWN = 47 "payment.unknown",
    CASH_IN = 50 "cash.in",
    CASH_OUT = 51 "cash.out",
    CASH_COLLECTED = 52 "cash.collected",
    CASH_BANKED = 53 "cash.banked",
    GOODS_RECEIVED = 60 "goods.received",
    TRANSFER_SENT = 61 "transfer.sent",
    TRANSFER_ACCEPTED = 62 "transfer.accepted",
    TRANSFER_DISPUTED = 63 "transfer.disputed",
    WRITEOFF = 64 "writeoff",
    SURPLUS = 65 "surplus",
    STOCKTAKE_OPENED = 66 "stocktake.opened",
    STOCKTAKE_COUNTED = 67 "stocktake.counted",
    STOCKTAKE_CLOSED = 68 "stocktake.closed",
    STOCK_BOOKED = 69 "stock.booked",
    SIM_MOVED = 70 "sim.moved",
    TOPUP_REQUESTED = 75 "topup.requested",
    TOPUP_CONFIRMED = 76 "topup.confirmed",
    TOPUP_FAILED = 77 "topup.failed",
    TOPUP_UNKNOWN = 78 "topup.unknown",
    SERVICE_SOLD = 80 "service.sold",
    COMMISSION_ACCRUED = 81 "commission.accrued",
    COMMISSION_CONFIRMED = 82 "commission.confirmed",
    COMMISSION_CLAWED = 83 "commission.clawed",
    LOYALTY_EARNED = 85 "loyalty.earned",
    LOYALTY_REDEEMED = 86 "loyalty.redeemed",
    LOYALTY_EXPIRED = 87 "loyalty.expired",
    LOYALTY_REVERSED = 88 "loyalty.reversed",
    COUPON_REDEEMED = 89 "coupon.redeemed",
    PRICETAG_PRINTED = 90 "pricetag.printed",
    LABEL_PRINTED = 91 "label.printed",
    DOCUMENT_PRINTED = 92 "document.printed",
    EMPLOYEE_LOGIN = 95 "employee.login",
    EMPLOYEE_LOGOUT = 96 "employee.logout",
    CLOCK_IN = 97 "clock.in",
    CLOCK_OUT = 98 "clock.out",
    RIGHTS_ELEVATED = 99 "rights.elevated",
    DEVICE_FAULT = 100 "device.fault",
    DEVICE_RECOVERED = 101 "device.recovered",
    DEVICE_ACTION = 102 "device.action",
    DATASET_APPLIED = 110 "dataset.applied",
    DATASET_REJECTED = 111 "dataset.rejected",
    DATASET_REPAIRED = 112 "dataset.repaired",
    TASK = 120 "task",
    INQUIRY = 121 "inquiry",
    CARD_CHANGED = 122 "card.changed",
    VISIT_COUNTED = 123 "visit.counted",
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::RESERVED.iter().find(|(kind, _)| kind == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "kind-{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_names_are_unique() {
        assert!(
            FactKind::RESERVED
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0)
        );
        let names: std::collections::BTreeSet<_> =
            FactKind::RESERVED.iter().map(|(_, name)| name).collect();
        assert_eq!(names.len(), FactKind::RESERVED.len());
    }
}
