//! Who waits for a worker, and whose result is kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::job::entry::Entry;
use crate::job::status::JobId;

/// The jobs that wait, run, or have ended and are kept.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Those who wait: the highest priority first, and of one priority who came first.
    waiting: BTreeMap<(Reverse<i32>, u64), Arc<Entry>>,
    /// All that can be asked for.
    known: HashMap<JobId, Arc<Entry>>,
    /// Those who have ended, the oldest first.
    ended: VecDeque<(Instant, JobId)>,
    arrivals: u64,
    /// Whether no more are taken in.
    pub closed: bool,
}

impl Line {
    /// Puts a job into the line, where at most `capacity` wait.
    pub fn join(&mut self, entry: Arc<Entry>, capacity: usize) -> Result<()> {
        self.check_room(capacity)?;
        self.known.insert(entry.id, entry.clone());
        self.waiting.insert((Reverse(entry.priority), self.arrivals), entry);
        self.arrivals += 1;
        Ok(())
    }

    /// Refuses one more job where it could not wait.
    pub fn check_room(&self, capacity: usize) -> Result<()> {
        if self.closed {
            return Err(Error::new(ErrorKind::Canceled, "the queue of jobs ends, and takes no more"));
        }
        if self.waiting.len() >= capacity {
            return Err(Error::new(
                ErrorKind::QueueFull,
                format!(
                    "{capacity} jobs wait already, which is as many as may: submit again when one has ended"
                ),
            ));
        }
        Ok(())
    }

    /// Takes those out of the line whose token was canceled.
    pub fn leave_canceled(&mut self) -> Vec<Arc<Entry>> {
        self.waiting.extract_if(.., |_, entry| entry.cancel.is_canceled()).map(|(_, entry)| entry).collect()
    }

    /// The next to run.
    pub fn next(&mut self) -> Option<Arc<Entry>> {
        self.waiting.pop_first().map(|(_, entry)| entry)
    }

    /// Takes a job out of the line; whether it waited.
    pub fn leave(&mut self, id: JobId) -> bool {
        let place = self.waiting.iter().find(|(_, entry)| entry.id == id).map(|(place, _)| *place);
        place.is_some_and(|place| self.waiting.remove(&place).is_some())
    }

    /// How many jobs run before a waiting one.
    pub fn ahead_of(&self, id: JobId) -> usize {
        self.waiting.values().position(|entry| entry.id == id).unwrap_or(0)
    }

    /// Keeps a job that has ended; of more than `most` the oldest is forgotten, first of those without a result.
    pub fn keep(&mut self, id: JobId, most: usize) {
        self.ended.push_back((Instant::now(), id));
        while self.ended.len() > most {
            let is_empty = |(_, id): &(_, JobId)| self.known.get(id).is_none_or(|entry| !entry.has_result());
            self.forget(self.ended.iter().position(is_empty).unwrap_or(0));
        }
    }

    /// Forgets those who ended `retention` ago; when the next one is due.
    pub fn forget_expired(&mut self, retention: Duration) -> Option<Duration> {
        loop {
            let age = self.ended.front()?.0.elapsed();
            if age < retention {
                return Some(retention - age);
            }
            self.forget(0);
        }
    }

    fn forget(&mut self, index: usize) {
        if let Some(entry) = self.ended.remove(index).and_then(|(_, id)| self.known.remove(&id)) {
            entry.expire();
        }
    }

    pub fn find(&self, id: JobId) -> Option<Arc<Entry>> {
        self.known.get(&id).cloned()
    }

    /// Those who wait, run, or have ended and are kept, in no order.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Arc<Entry>> {
        self.known.values()
    }
}
