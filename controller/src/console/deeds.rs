//! Does what a form asks for once, however often the form is sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Forms remembered; an older one that is sent again is judged by the tables as they stand.
const REMEMBERED_MAX: usize = 1_000;

/// Keys of forms that did something, and where each led.
#[derive(Default)]
pub(super) struct Deeds(Mutex<VecDeque<(String, String)>>);

impl Deeds {
    /// Where the deed leads. A form whose deed is done leads there again and does nothing; one deed at a time.
    ///
    /// # Errors
    /// What kept it from being done; it may be tried again.
    pub(super) fn once<E>(
        &self,
        key: &str,
        act: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = done.iter().find(|(held, _)| held == key && !key.is_empty());
        if let Some((_, led)) = known {
            return Ok(led.clone());
        }
        let leads = act()?;
        done.truncate(REMEMBERED_MAX.saturating_sub(1));
        done.push_front((key.to_owned(), leads.clone()));
        Ok(leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sent_twice_acts_once() {
        let deeds = Deeds::default();
        let mut acted = 0_u32;
        for _ in 0..2 {
            let led: Result<_, ()> = deeds.once("k", || {
                acted += 1;
                Ok("/catalog/1".to_owned())
            });
            assert_eq!(led.unwrap(), "/catalog/1");
        }
        assert_eq!(acted, 1);
        assert!(deeds.once("other", || Err::<String, _>("no")).is_err());
        assert!(deeds.once("other", || Ok::<_, ()>("/x".to_owned())).is_ok());
    }
}
