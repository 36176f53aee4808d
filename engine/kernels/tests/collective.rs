//! Ranks in threads on a processor give one another what one of them alone would have.
#![allow(clippy::expect_used, reason = "a test ends where something fails")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
#[cfg(feature = "cuda")]
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use candle_core::{DType, Device, Tensor};
#[cfg(feature = "cuda")]
use kernels::keep_freed;
use kernels::{Mask, Rank, Result, SynchronizeAtEnd, ToRows, attention, join_heads, ranks, shares};
use proptest::prelude::*;

/// What each of so many ranks makes, in a thread of its own.
fn each<T: Send>(count: usize, work: impl Fn(&Rank) -> Result<T> + Sync) -> Vec<Result<T>> {
    each_on(&vec![Device::Cpu; count], work)
}

struct AbortOnPanic<'a>(&'a Rank);

impl Drop for AbortOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.abort();
        }
    }
}

fn each_on<T: Send>(
    devices: &[Device],
    work: impl Fn(&Rank) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    each_of(&ranks(devices).expect("ranks"), devices, work)
}

fn each_of<T: Send>(
    ranks: &[Rank],
    devices: &[Device],
    work: impl Fn(&Rank) -> Result<T> + Sync,
) -> Vec<Result<T>> {
    thread::scope(|scope| {
        let threads = ranks.iter().map(|rank| {
            let work = &work;
            scope.spawn(move || {
                let _synchronized = SynchronizeAtEnd(devices);
                let _abort = AbortOnPanic(rank);
                work(rank).inspect_err(|_| rank.abort())
            })
        });
        let threads: Vec<_> = threads.collect();
        let panicked = |_| Err(candle_core::Error::msg("a panic"));
        threads
            .into_iter()
            .map(|x| x.join().unwrap_or_else(panicked))
            .collect()
    })
}

fn all<T: Send>(count: usize, work: impl Fn(&Rank) -> Result<T> + Sync) -> Vec<T> {
    let results = each(count, work).into_iter();
    results.map(|result| result.expect("a result")).collect()
}

/// Numbers that differ everywhere.
fn numbers(shape: (usize, usize, usize), first: usize) -> Tensor {
    let count = shape.0 * shape.1 * shape.2;
    let values = (first..first + count).map(|value| value as f32);
    let flat = Tensor::from_iter(values, &Device::Cpu).expect("numbers");
    flat.reshape(shape).expect("shape")
}

fn waves(shape: (usize, usize, usize), step: f64) -> Tensor {
    let turned = (numbers(shape, 1) * step).and_then(|x| x.sin());
    turned.expect("waves")
}

fn flat(x: &Tensor) -> Vec<f32> {
    let flat = x.flatten_all().and_then(|x| x.to_vec1());
    flat.expect("numbers")
}

/// Of the waves in two sequences' queries, keys and values.
const STEPS: [[f64; 3]; 2] = [[0.37, 0.11, 0.23], [0.19, 0.41, 0.07]];

/// These rows of [heads, rows, d].
fn rows_of(x: &Tensor, rows: &[usize], rank: usize) -> Result<Tensor> {
    x.narrow(1, rows[..rank].iter().sum(), rows[rank])
}

fn heads_of(x: &Tensor, heads: &[usize], rank: usize) -> Result<Tensor> {
    x.narrow(0, heads[..rank].iter().sum(), heads[rank])
}

/// Of the queries in this rank's rows to the keys and values in all ranks' rows, of each sequence; their exchanges run beside
/// each other. Of two sequences, or of one whose heads are exchanged in two groups.
fn attend(rank: &Rank, sequences: Vec<[Tensor; 3]>, rows: &[usize]) -> Result<Vec<Tensor>> {
    let heads = sequences[0][0].dim(0)?;
    let first = match sequences.len() {
        1 if heads / 3 >= rank.count() => heads / 3,
        _ => 0,
    };
    let groups = [0..first, first..heads].into_iter();
    let groups: Vec<_> = groups.filter(|heads| !heads.is_empty()).collect();
    let each = sequences
        .iter()
        .flat_map(|qkv| groups.iter().map(move |heads| (qkv, heads)));
    let to_heads: Vec<_> = each
        .map(|(qkv, heads)| Ok((rank.rows_to_heads(qkv, heads.clone(), rows)?, heads.len())))
        .collect::<Result<_>>()?;
    let to_rows: Vec<_> = to_heads
        .into_iter()
        .map(|(qkv, heads)| {
            let [q, k, v] = qkv.finish()?;
            rank.heads_to_rows(&attention(&q, &k, &v, Mask::All)?, rows, heads)
        })
        .collect::<Result<_>>()?;
    let mut to_rows = to_rows.into_iter();
    let joined = sequences
        .iter()
        .map(|_| ToRows::finish(to_rows.by_ref().take(groups.len())));
    joined.collect()
}

/// Rows of each rank, any number of heads, and a head's size.
fn cases() -> impl Strategy<Value = (Vec<usize>, usize, usize)> {
    let rows = prop::collection::vec(0..6usize, 1..6);
    (rows, 1..9usize, 1..5usize)
}

proptest! {
    #[test]
    fn each_gets_what_the_others_sent_it(
        sizes in (1..6usize).prop_flat_map(|count| {
            prop::collection::vec(prop::collection::vec(0..5usize, count), count)
        }),
    ) {
        let chunk = |from: usize, to: usize| numbers((sizes[from][to], 1, 2), 100 * from + 10 * to);
        let found = all(sizes.len(), |rank| {
            let own = rank.number();
            let sent: Vec<_> = (0..rank.count()).map(|to| chunk(own, to)).collect();
            let room = |from: usize| Tensor::zeros((sizes[from][own], 1, 2), DType::F32, &Device::Cpu);
            let received = (0..rank.count()).map(room).collect::<Result<Vec<_>>>()?;
            rank.all_to_all(sent, &received)?.finish()?;
            Ok(received.iter().map(flat).collect::<Vec<_>>())
        });
        for (to, received) in found.iter().enumerate() {
            for (from, received) in received.iter().enumerate().filter(|(from, _)| *from != to) {
                prop_assert_eq!(received, &flat(&chunk(from, to)));
            }
        }
    }

    #[test]
    fn rows_of_all_heads_become_all_rows_of_some_heads_and_back((rows, heads, size) in cases()) {
        let total = rows.iter().sum::<usize>();
        prop_assume!(total > 0);
        let parts = [0, 1, 2].map(|part| numbers((heads, total, size), part * 10_000));
        let of_rank = shares(heads, rows.len());
        let found = all(rows.len(), |rank| {
            let own = rank.number();
            let own_parts = parts.each_ref().map(|part| rows_of(part, &rows, own));
            let [q, k, v] = own_parts;
            let turned = rank.rows_to_heads(&[q?, k?, v?], 0..heads, &rows)?.finish()?;
            let back = ToRows::finish([rank.heads_to_rows(&turned[1], &rows, heads)?])?;
            Ok((turned.each_ref().map(flat), flat(&back)))
        });
        for (rank, (turned, back)) in found.iter().enumerate() {
            for (turned, part) in turned.iter().zip(&parts) {
                prop_assert_eq!(turned, &flat(&heads_of(part, &of_rank, rank).expect("heads")));
            }
            let expected = rows_of(&parts[1], &rows, rank).and_then(|x| x.transpose(0, 1));
            prop_assert_eq!(back, &flat(&expected.expect("rows")));
        }
    }

    #[test]
    fn ranks_attend_as_one_would((rows, more_heads, size) in cases(), sequences in 1..=2usize) {
        prop_assume!(rows.iter().all(|rows| *rows > 0));
        let (total, heads) = (rows.iter().sum(), rows.len() + 2 * more_heads - 1);
        let steps = STEPS.into_iter().take(sequences);
        let qkv = steps.map(|steps| steps.map(|step| waves((heads, total, size), step)));
        let qkv: Vec<_> = qkv.collect();
        let whole = qkv.iter().map(|[q, k, v]| {
            let attended = attention(q, k, v, Mask::All).and_then(|x| join_heads(&x));
            flat(&attended.expect("attention"))
        });
        let found = all(rows.len(), |rank| {
            let own = |part: &Tensor| rows_of(part, &rows, rank.number()).expect("rows");
            let qkv = qkv.iter().map(|qkv| qkv.each_ref().map(own)).collect();
            Ok(attend(rank, qkv, &rows)?.iter().map(flat).collect::<Vec<_>>())
        });
        for (sequence, whole) in whole.enumerate() {
            let found = found.iter().flat_map(|found| &found[sequence]);
            for (found, expected) in found.zip(whole) {
                prop_assert!((found - expected).abs() < 1e-5, "{found} and {expected}");
            }
        }
    }

    #[test]
    fn groups_have_all_heads_in_order(
        heads in 1..40usize, tokens in 0..40_000usize, sequences in 1..4usize, count in 1..9usize,
    ) {
        for rank in ranks(&vec![Device::Cpu; count]).expect("ranks") {
            let groups = rank.head_groups(heads, tokens, sequences);
            prop_assert!(groups.iter().cloned().flatten().eq(0..heads));
            prop_assert!(groups.len() == 1 || groups.iter().all(|group| group.len() >= count));
            prop_assert!(groups.len() == 1 || groups.len() * sequences <= 2);
        }
    }

    #[test]
    fn shares_are_even(total in 0..1000usize, count in 1..20usize) {
        let shares = shares(total, count);
        prop_assert_eq!((shares.len(), shares.iter().sum::<usize>()), (count, total));
        prop_assert!(shares.iter().all(|share| share.abs_diff(total / count) <= 1));
        prop_assert!(shares.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn what_one_tells_all_know() {
    let told = all(4, |rank| {
        let own = rank.number() as f64;
        let rounds = (0..50).map(|round| rank.all_gather(vec![own, f64::from(round)]));
        rounds.collect::<Result<Vec<_>>>()
    });
    for told in told {
        for (round, told) in told.into_iter().enumerate() {
            let expected: Vec<_> = (0..4)
                .map(|rank| vec![f64::from(rank), round as f64])
                .collect();
            assert_eq!(told, expected);
        }
    }
}

#[test]
fn nobody_waits_for_one_that_has_given_up() {
    let rounds = AtomicUsize::new(0);
    let results = each(3, |rank| {
        for round in 0.. {
            if (rank.number(), round) == (1, 3) {
                rank.abort();
                candle_core::bail!("no memory");
            }
            rank.all_gather(Vec::new())?;
            rounds.fetch_max(round + 1, Ordering::Relaxed);
        }
        Ok(())
    });
    assert!(results.iter().all(Result::is_err));
    assert_eq!(rounds.into_inner(), 3);
}

/// Ranks that share a GPU where there is one only.
#[cfg(feature = "cuda")]
const SHARING: usize = 4;

/// A device for each rank, as a model is given them: all GPUs there are, or one several times, which then exchanges with itself
/// in the same order of events.
#[cfg(feature = "cuda")]
fn gpus() -> Vec<Device> {
    let begun = Instant::now();
    let open = |gpu| Device::new_cuda(gpu).ok();
    let mut gpus: Vec<_> = (0..8).map_while(open).collect();
    let found = gpus.len();
    if found == 1 {
        gpus = (0..SHARING).map_while(|_| open(0)).collect();
    }
    for gpu in &gpus {
        keep_freed(gpu).expect("a pool");
    }
    let ranks = gpus.len();
    println!(
        "{found} GPUs opened for {ranks} ranks: {:.2?}",
        begun.elapsed()
    );
    gpus
}

/// What new ranks of these GPUs make, once the GPUs are at rest again, and the time that it took, of which each part is told.
#[cfg(feature = "cuda")]
fn timed<T: Send>(
    what: &str,
    gpus: &[Device],
    work: impl Fn(&Rank) -> Result<T> + Sync,
) -> (Vec<Result<T>>, Duration) {
    // Before anything that might not end.
    println!("{what}");
    let begun = Instant::now();
    let ranks = ranks(gpus).expect("ranks");
    let made = begun.elapsed();
    let results = each_of(&ranks, gpus, work);
    let done = begun.elapsed();
    drop(ranks);
    for gpu in gpus {
        gpu.synchronize().expect("a GPU at rest");
    }
    let all = begun.elapsed();
    let [working, leaving] = [done - made, all - done];
    println!("  ranks made {made:.2?}, work {working:.2?}, end {leaving:.2?}");
    (results, all)
}

#[cfg(feature = "cuda")]
#[test]
fn gpus_attend_as_one_would() {
    let gpus = gpus();
    let shapes = [(1000, 24, 128), (333, 9, 64)];
    let cases = shapes
        .into_iter()
        .flat_map(|shape| [(shape, 1), (shape, 2)]);
    for count in 2..=gpus.len() {
        for ((total, heads, size), sequences) in cases.clone() {
            let rows = shares(total, count);
            let steps = STEPS.into_iter().take(sequences);
            let qkv = steps.map(|steps| {
                steps.map(|step| {
                    let part = waves((heads, total, size), step);
                    part.to_dtype(DType::BF16).expect("bf16")
                })
            });
            let qkv: Vec<_> = qkv.collect();
            let on = |gpu: usize, part: &Tensor| part.to_device(&gpus[gpu]).expect("a copy");
            let wide = |x: &Tensor| {
                let wide = x.to_dtype(DType::F32);
                flat(
                    &wide
                        .and_then(|x| x.to_device(&Device::Cpu))
                        .expect("a copy"),
                )
            };
            let whole = qkv.iter().map(|qkv| {
                let [q, k, v] = qkv.each_ref().map(|part| on(0, part));
                let whole = attention(&q, &k, &v, Mask::All).and_then(|x| join_heads(&x));
                wide(&whole.expect("attention"))
            });
            let found = each_on(&gpus[..count], |rank| {
                let own = rank.number();
                let part = |part: &Tensor| {
                    let rows = rows_of(part, &rows, own).and_then(|rows| rows.contiguous());
                    on(own, &rows.expect("rows"))
                };
                let mut made = Vec::new();
                for _ in 0..3 {
                    let qkv = qkv.iter().map(|qkv| qkv.each_ref().map(part));
                    made = attend(rank, qkv.collect(), &rows)?
                        .iter()
                        .map(wide)
                        .collect();
                }
                Ok(made)
            });
            let found: Vec<_> = found.into_iter().map(|x| x.expect("attention")).collect();
            for (sequence, whole) in whole.enumerate() {
                let found: Vec<_> = found.iter().flat_map(|found| &found[sequence]).collect();
                assert_eq!(found.len(), whole.len());
                for (found, expected) in found.into_iter().zip(whole) {
                    assert!((found - expected).abs() < 2e-2, "{found} and {expected}");
                }
            }
        }
    }
}

/// More than there are exchanges at once, so that the last takes the place of an earlier one.
#[cfg(feature = "cuda")]
const EXCHANGES: usize = 4;

/// How a rank leaves the others in the middle of their exchanges.
#[cfg(feature = "cuda")]
#[derive(Debug, Clone, Copy)]
enum Leaving {
    BetweenExchanges,
    /// It cannot read what it is sent.
    Within,
    Panicking,
}

/// Whatever happens to a rank, the others end soon, no device waits for another, and new ranks of the same devices work.
#[cfg(feature = "cuda")]
#[test]
fn no_gpu_waits_for_one_that_has_given_up() {
    let gpus = gpus();
    let ways = [
        Leaving::BetweenExchanges,
        Leaving::Within,
        Leaving::Panicking,
    ];
    let Some(last) = gpus.len().checked_sub(1) else {
        return;
    };
    let leavers = BTreeSet::from([0, last]);
    for (leaver, way) in leavers
        .into_iter()
        .flat_map(|leaver| ways.map(|way| (leaver, way)))
    {
        // All exchanges in between end as the last does.
        for leaves_at in [0, EXCHANGES - 1] {
            let case = format!("{leaver} {way:?} at {leaves_at}");
            let (results, time) = timed(&case, &gpus, |rank| {
                let device = &gpus[rank.number()];
                let chunk = |rows| Tensor::ones((rows, 1 << 16), DType::F32, device);
                let sent = vec![chunk(64)?; rank.count()];
                for step in 0..EXCHANGES {
                    let leaves = (rank.number(), step) == (leaver, leaves_at);
                    let rows = match (leaves, way) {
                        (true, Leaving::BetweenExchanges) => candle_core::bail!("no memory"),
                        (true, Leaving::Panicking) => panic!("a mistake"),
                        (true, Leaving::Within) => 63,
                        (false, _) => 64,
                    };
                    let room = (0..rank.count()).map(|_| chunk(rows));
                    let room = room.collect::<Result<Vec<_>>>()?;
                    rank.all_to_all(sent.clone(), &room)?.finish()?;
                }
                // All have done the last exchange where nobody has left before.
                rank.all_gather(Vec::new()).map(|_| ())
            });
            assert!(results.iter().all(Result::is_err), "{case}");
            assert!(time < Duration::from_secs(2), "{case}");
        }
        let (sums, _) = timed("whole", &gpus, |rank| {
            let device = &gpus[rank.number()];
            let full = |value: f32| Tensor::full(value, (64, 1 << 10), device);
            let sent = vec![full(rank.number() as f32)?; rank.count()];
            let room = (0..rank.count()).map(|_| full(0.0));
            let room = room.collect::<Result<Vec<_>>>()?;
            rank.all_to_all(sent, &room)?.finish()?;
            let means = room.iter().map(|x| x.mean_all()?.to_scalar::<f32>());
            Ok(means.sum::<Result<f32>>()? as usize + rank.number())
        });
        for sum in sums {
            let all = (0..gpus.len()).sum::<usize>();
            assert_eq!(sum.expect("an exchange"), all);
        }
    }
}
