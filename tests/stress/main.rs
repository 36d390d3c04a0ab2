//! One engine shared by many threads that run every pipeline at once, while models are evicted and calls canceled:
//! each result is, byte for byte, the one that a single thread gets.
//!
//! `cargo xtask check stress` runs it for two minutes on sixteen threads.
#![cfg(feature = "embedded")]

#[path = "../support/check.rs"]
mod check;
#[path = "../support/golden_pack.rs"]
mod golden_pack;
mod outcome;
mod pipelines;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use facekit::models::LicensePolicy;
use facekit::{CancelToken, Control, Engine, Error, ErrorKind, Request};
use rand_mt::Mt64;

use outcome::Outcome;
use pipelines::Inputs;

/// Room for the largest model, and not for two of its size: what nobody uses is evicted all the time.
const MEMORY_BUDGET: u64 = 5 << 20;

/// What the calls of one pipeline came to.
#[derive(Debug, Default)]
struct Tally {
    completed: u64,
    canceled: u64,
}

#[test]
fn many_threads_get_what_one_gets() {
    let (seconds, threads) = (check::number("seconds", 10), check::number("threads", 16));
    let inputs = Inputs::new();
    let requests = pipelines::all(&inputs);
    let builder = || Engine::builder().licenses(LicensePolicy::Any).models(inputs.models());

    let alone = builder().threads(1).build().unwrap();
    let expected: Vec<Outcome> = requests
        .iter()
        .map(|(name, request)| match alone.run(request, &Control::new()) {
            Ok(response) => Outcome::of(&response),
            Err(error) => panic!("{name}: {}", error.chain()),
        })
        .collect();
    let models = alone.loaded_models().len();
    drop(alone);

    let engine = builder().memory_budget(MEMORY_BUDGET).build().unwrap();
    let tallies: Mutex<BTreeMap<&str, Tally>> = Mutex::default();
    let (calls, start) = (AtomicU64::new(0), Instant::now());
    let work = || {
        loop {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            // Every pipeline has its turn, however slow the machine.
            if start.elapsed().as_secs() >= seconds && call >= 2 * requests.len() as u64 {
                break;
            }
            let which = (call % requests.len() as u64) as usize;
            let (name, request) = &requests[which];
            let round = call / requests.len() as u64;
            let result = run(&engine, request, &mut Mt64::new(call), round > 0);
            let mut tallies = tallies.lock().unwrap();
            let tally = tallies.entry(name).or_default();
            match result {
                Ok(outcome) => {
                    outcome.assert_is(&expected[which], name);
                    tally.completed += 1;
                }
                Err(error) if error.kind() == ErrorKind::Canceled && round > 0 => tally.canceled += 1,
                Err(error) => panic!("call {call}, {name}: {}", error.chain()),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });

    let tallies = tallies.into_inner().unwrap();
    let sum = |of: fn(&Tally) -> u64| tallies.values().map(of).sum::<u64>();
    check::say(format_args!(
        "stress: {threads} threads, {:.0} s, {} calls completed and equal, {} canceled; {tallies:?}",
        start.elapsed().as_secs_f64(),
        sum(|tally| tally.completed),
        sum(|tally| tally.canceled),
    ));
    assert_eq!(tallies.len(), requests.len());
    assert!(tallies.values().all(|tally| tally.completed > 0), "{tallies:?}");
    let left = engine.loaded_models().len();
    assert!(left < models, "{left} of {models} models are in memory, so nothing was evicted");
}

/// One call; one in four is canceled at a random moment, where that is allowed.
fn run(
    engine: &Engine,
    request: &Request<'_>,
    random: &mut Mt64,
    may_cancel: bool,
) -> Result<Outcome, Error> {
    let outcome = |control: &Control| engine.run(request, control).map(|response| Outcome::of(&response));
    if !may_cancel || !random.next_u64().is_multiple_of(4) {
        return outcome(&Control::new());
    }
    let token = CancelToken::new();
    let delay = Duration::from_micros(random.next_u64() % 300_000);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(delay);
            token.cancel();
        });
        outcome(&Control::new().cancel_with(token.clone()))
    })
}
