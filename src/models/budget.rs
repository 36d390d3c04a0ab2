//! What keeps loaded models within a bound on memory.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};

/// Loaded values, shared between threads, whose sizes together stay within a bound.
///
/// `Send + Sync`. Before a value is loaded, those are dropped that nobody holds, the least recently used first,
/// until it fits. Values in use are never dropped: while callers hold more than the bound, more than the bound is
/// in memory, and the next load makes up for it.
pub struct Budget<K, V> {
    limit: u64,
    shelf: Mutex<Shelf<K, V>>,
    on_drop: Box<DropFn<K>>,
}

type DropFn<K> = dyn Fn(&K) + Send + Sync;

struct Shelf<K, V> {
    slots: HashMap<K, Slot<V>>,
    uses: u64,
}

/// Locked while the value is loaded.
type SlotValue<V> = Arc<Mutex<Option<Arc<V>>>>;

struct Slot<V> {
    value: SlotValue<V>,
    bytes: u64,
    used: u64,
}

impl<K: Eq + Hash + Clone + fmt::Display, V> Budget<K, V> {
    /// An empty shelf for values of `limit` bytes together.
    pub fn new(limit: u64) -> Self {
        let shelf = Mutex::new(Shelf { slots: HashMap::new(), uses: 0 });
        Self { limit, shelf, on_drop: Box::new(|_| ()) }
    }

    /// Tells `callback` the key of every value that is dropped to make room.
    pub fn on_drop(mut self, callback: impl Fn(&K) + Send + Sync + 'static) -> Self {
        self.on_drop = Box::new(callback);
        self
    }

    /// The most bytes that the values may take together.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The value of this key, loaded by `load` when it is not there; `bytes` is its size.
    ///
    /// Threads that ask for the same key at once load it once, and other keys do not wait for it.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] when `bytes` alone exceed the bound, or what `load` reports; then the next
    /// call tries again.
    pub fn get_or_load(&self, key: &K, bytes: u64, load: impl FnOnce() -> Result<V>) -> Result<Arc<V>> {
        self.check(key, bytes)?;
        let (slot, dropped) = lock(&self.shelf).slot(key, bytes, self.limit);
        dropped.iter().for_each(&self.on_drop);
        let mut value = lock(&slot);
        if let Some(value) = &*value {
            return Ok(Arc::clone(value));
        }
        let loaded = Arc::new(load()?);
        *value = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Forgets the value of this key when it is chosen, and tells whether it was; those who hold it keep it, and the next
    /// call loads it anew.
    pub fn forget(&self, key: &K, is_chosen: impl FnOnce(&V) -> bool) -> bool {
        let slot = lock(&self.shelf).slots.get(key).map(|slot| Arc::clone(&slot.value));
        slot.is_some_and(|slot| lock(&slot).take_if(|value| is_chosen(value)).is_some())
    }

    /// Refuses what alone exceeds the bound.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`].
    pub fn check(&self, name: &impl fmt::Display, bytes: u64) -> Result<()> {
        if bytes <= self.limit {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::OutOfMemory,
            format!(
                "the model {name} takes {bytes} bytes, and the memory budget is {}: raise the budget, or choose a \
                 smaller model",
                self.limit
            ),
        ))
    }

    /// The loaded values with their keys, in no order; one that is being loaded is left out.
    pub fn loaded(&self) -> Vec<(K, Arc<V>)> {
        let shelf = lock(&self.shelf);
        shelf.slots.iter().filter_map(|(key, slot)| Some((key.clone(), slot.loaded()?))).collect()
    }

    /// Drops every value that nobody holds and whose key is chosen, and tells the keys of those dropped.
    pub fn release(&self, is_chosen: impl Fn(&K) -> bool) -> Vec<K> {
        let mut shelf = lock(&self.shelf);
        shelf.slots.extract_if(|key, slot| is_chosen(key) && slot.is_idle()).map(|(key, _)| key).collect()
    }
}

impl<K: Eq + Hash + Clone, V> Shelf<K, V> {
    /// The slot of a key, made when it is not there, after room for it was made, and the keys that made room.
    fn slot(&mut self, key: &K, bytes: u64, limit: u64) -> (SlotValue<V>, Vec<K>) {
        self.uses += 1;
        let mut dropped = Vec::new();
        let others = self.slots.iter().filter(|(other, _)| *other != key);
        let mut total = others.map(|(_, slot)| slot.bytes).fold(bytes, u64::saturating_add);
        while total > limit {
            let idle = self.slots.iter().filter(|(other, slot)| *other != key && slot.is_idle());
            let Some(oldest) = idle.min_by_key(|(_, slot)| slot.used).map(|(key, _)| key.clone()) else {
                break;
            };
            let Some(slot) = self.slots.remove(&oldest) else { break };
            total -= slot.bytes;
            // One whose value could not be loaded, or was forgotten, held nothing.
            if slot.loaded().is_some() {
                dropped.push(oldest);
            }
        }
        let slot =
            self.slots.entry(key.clone()).or_insert_with(|| Slot { value: Arc::default(), bytes, used: 0 });
        slot.used = self.uses;
        (Arc::clone(&slot.value), dropped)
    }
}

impl<V> Slot<V> {
    /// Whether nobody holds the value or is loading it.
    ///
    /// Asked under the lock of the shelf, through which every new holder comes.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.value) == 1
            && lock(&self.value).as_ref().is_none_or(|value| Arc::strong_count(value) == 1)
    }

    fn loaded(&self) -> Option<Arc<V>> {
        self.value.try_lock().ok()?.clone()
    }
}

impl<K, V> fmt::Debug for Budget<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.limit).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
