//! The weather between one shop and the centre: what becomes of each message.

use crate::sim::coverage::{Coverage, Met};
use crate::sim::rng::Rng;

/// The state of one way, until some time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Each message is lost once in this many; 0 loses none.
    pub loss_in: u64,
    /// Each message is doubled once in this many; 0 doubles none.
    pub double_in: u64,
    /// Longest delay, in milliseconds.
    pub delay_ms_max: i64,
    /// Nothing goes up before this time.
    pub up_from: i64,
    /// Nothing comes down before this time.
    pub down_from: i64,
    /// Fine again at this time.
    pub fine_at: i64,
    /// When the newest message arrives: others overtake it only by delay.
    pub last_ms: i64,
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the centre.
    Up,
    /// To the shop.
    Down,
}

impl Weather {
    /// Arrival times of a message that leaves now: none, one or two.
    pub fn carry(&mut self, way: Way, now: i64, dice: &mut Rng, met: &mut Coverage) -> Vec<i64> {
        let from = match way {
            Way::Up => self.up_from,
            Way::Down => self.down_from,
        };
        if now < from {
            return Vec::new();
        }
        if now >= self.fine_at {
            (self.loss_in, self.double_in, self.delay_ms_max) = (0, 0, 0);
        }
        if self.loss_in > 0 && dice.one_in(self.loss_in) {
            met.met(Met::NetLoss);
            return Vec::new();
        }
        let arrival = self.arrival(now, dice, met);
        let mut out = vec![arrival];
        if self.double_in > 0 && dice.one_in(self.double_in) {
            met.met(Met::NetDouble);
            out.push(arrival + dice.between(1, 2_000));
        }
        out
    }

    fn arrival(&mut self, now: i64, dice: &mut Rng, met: &mut Coverage) -> i64 {
        if self.delay_ms_max > 0 {
            let arrival = now + dice.between(10, self.delay_ms_max.max(10));
            if arrival < self.last_ms {
                met.met(Met::NetReorder);
            }
            self.last_ms = self.last_ms.max(arrival);
            return arrival;
        }
        // A stream keeps its order.
        self.last_ms = (now + dice.between(5, 40)).max(self.last_ms.min(now + 5_000));
        self.last_ms
    }

    /// Whether a connection can be made now.
    #[must_use]
    pub fn connects(&self, now: i64) -> bool {
        now >= self.up_from && now >= self.down_from
    }
}
