use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use facekit::models::Budget;
use facekit::{Error, ErrorKind};

fn loaded(budget: &Budget<&'static str, u32>) -> Vec<&'static str> {
    let mut keys: Vec<_> = budget.loaded().into_iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_least_recently_used_goes_first() {
    let budget = Budget::new(30);
    for key in ["a", "b", "c"] {
        budget.get_or_load(&key, 10, || Ok(1)).unwrap();
    }
    budget.get_or_load(&"a", 10, || panic!("a is loaded")).unwrap();
    budget.get_or_load(&"d", 10, || Ok(1)).unwrap();
    assert_eq!(loaded(&budget), ["a", "c", "d"]);
    budget.get_or_load(&"e", 20, || Ok(1)).unwrap();
    assert_eq!(loaded(&budget), ["d", "e"]);
}

#[test]
fn room_is_made_before_a_value_is_loaded() {
    let budget = Budget::new(10);
    let first = budget.get_or_load(&"a", 10, || Ok(1)).unwrap();
    let watch = Arc::downgrade(&first);
    drop(first);
    budget
        .get_or_load(&"b", 10, || {
            assert!(watch.upgrade().is_none());
            Ok(2)
        })
        .unwrap();
}

#[test]
fn what_is_held_stays() {
    let budget = Budget::new(20);
    let held = budget.get_or_load(&"a", 10, || Ok(7)).unwrap();
    budget.get_or_load(&"b", 10, || Ok(1)).unwrap();
    budget.get_or_load(&"c", 20, || Ok(1)).unwrap();
    assert_eq!(loaded(&budget), ["a", "c"]);
    assert_eq!(*budget.get_or_load(&"a", 10, || panic!("a is held")).unwrap(), 7);
    drop(held);
    budget.release(|_| true);
    assert!(loaded(&budget).is_empty());
}

#[test]
fn a_value_larger_than_the_budget_is_refused() {
    let budget: Budget<&str, u32> = Budget::new(20);
    let error = budget.get_or_load(&"giant", 21, || panic!("it must not be loaded")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert!(error.to_string().contains("giant") && error.to_string().contains("21 bytes"), "{error}");
    budget.get_or_load(&"exact", 20, || Ok(1)).unwrap();
}

#[test]
fn a_failed_load_is_tried_again() {
    let budget = Budget::new(20);
    let failed = budget.get_or_load(&"a", 20, || Err(Error::new(ErrorKind::InvalidModel, "broken")));
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::InvalidModel);
    assert!(loaded(&budget).is_empty());
    budget.get_or_load(&"b", 20, || Ok(1)).unwrap();
    assert_eq!(*budget.get_or_load(&"a", 20, || Ok(3)).unwrap(), 3);
}

#[test]
fn threads_that_want_the_same_load_it_once() {
    let (budget, loads, barrier) = (Budget::new(100), AtomicUsize::new(0), Barrier::new(8));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                let value = budget.get_or_load(&"a", 10, || {
                    std::thread::sleep(Duration::from_millis(20));
                    Ok(loads.fetch_add(1, Ordering::SeqCst))
                });
                assert_eq!(*value.unwrap(), 0);
            });
        }
    });
    assert_eq!(loads.into_inner(), 1);
}

#[test]
fn a_slow_load_does_not_hold_up_another() {
    let (budget, both) = (Budget::new(100), Barrier::new(2));
    std::thread::scope(|scope| {
        for key in ["a", "b"] {
            let (budget, both) = (&budget, &both);
            scope.spawn(move || {
                budget
                    .get_or_load(&key, 10, || {
                        both.wait();
                        Ok(1)
                    })
                    .unwrap()
            });
        }
    });
    assert_eq!(loaded(&budget), ["a", "b"]);
}

#[test]
fn many_threads_share_a_small_budget() {
    let (budget, living) = (Budget::new(30), Arc::new(AtomicUsize::new(0)));
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (budget, living) = (&budget, &living);
            scope.spawn(move || {
                for round in 0..500 {
                    let key = (thread + round) % 7;
                    budget
                        .get_or_load(&key, 10, || {
                            living.fetch_add(1, Ordering::SeqCst);
                            Ok(Guard(Arc::clone(living)))
                        })
                        .unwrap();
                    assert!(living.load(Ordering::SeqCst) <= 3 + 4);
                }
            });
        }
    });
    assert!(living.load(Ordering::SeqCst) <= 7);
    budget.release(|_| true);
    assert_eq!(living.load(Ordering::SeqCst), 0);
}

#[test]
fn what_makes_room_is_told_and_what_is_released_is_named() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let budget = Budget::new(20).on_drop(move |key: &&str| kept.lock().unwrap().push(*key));
    for key in ["a", "b", "c"] {
        budget.get_or_load(&key, 10, || Ok(1)).unwrap();
    }
    let held = budget.get_or_load(&"c", 10, || panic!("c is loaded")).unwrap();
    assert_eq!(*told.lock().unwrap(), ["a"]);
    assert_eq!(budget.release(|_| true), ["b"]);
    assert_eq!(*told.lock().unwrap(), ["a"]);
    drop(held);
}
