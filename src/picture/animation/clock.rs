//! Delays in the units of a format.

use std::time::Duration;

/// Rounds delays to whole units and carries what one loses on to the next, so that the whole lasts as long.
pub(super) struct Clock {
    unit: i128,
    longest: i128,
    owed: i128,
}

impl Clock {
    /// A clock of ticks that last `unit`, of which a frame takes at most `longest`.
    pub(super) fn new(unit: Duration, longest: u32) -> Self {
        Self { unit: unit.as_nanos() as i128, longest: longest.into(), owed: 0 }
    }

    /// The ticks of a frame; one without delay has none, whatever is owed.
    pub(super) fn ticks(&mut self, delay: Duration) -> u32 {
        if delay.is_zero() {
            return 0;
        }
        let due = delay.as_nanos() as i128 + self.owed;
        let ticks = (due + self.unit / 2).div_euclid(self.unit).clamp(0, self.longest);
        self.owed = (due - ticks * self.unit).clamp(-self.unit, self.unit);
        ticks as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_takes_is_given_back() {
        let mut clock = Clock::new(Duration::from_millis(10), 65_535);
        let mut ticks = |ms| clock.ticks(Duration::from_millis(ms));
        assert_eq!([33, 33, 33, 33, 0, 33, 33].map(&mut ticks), [3, 4, 3, 3, 0, 4, 3]);
        assert_eq!(ticks(700_000), 65_535);
        assert_eq!(ticks(1), 1);
    }
}
