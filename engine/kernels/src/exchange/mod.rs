//! What threads with a device each give one another, to attend together over tokens of which each has some: one exchange
//! makes rows of all heads into all rows of some heads, a second the reverse (DeepSpeed-Ulysses, arXiv 2309.14509). A CUDA device
//! reads what others offer by itself, a thread on a processor in their common memory. Only threads ever wait for one
//! another, never a device for work that has not been given to its other, so one that gives up leaves nobody behind.

mod carrier;
mod meeting;

use std::sync::Arc;

use candle_core::{Device, Shape, Tensor};

#[cfg(feature = "cuda")]
use crate::cuda::peers::Link;
use crate::{Result, Sight, attention, join_heads};
pub use carrier::{Carrier, Way};
use meeting::Meeting;

/// One of the threads that share work. All call the same methods in the same order, or wait until one of them calls
/// [`Rank::end`].
pub struct Rank {
    number: usize,
    group: Arc<Group>,
}

/// A thread's use of devices. Its end waits until they have done what the thread gave them, whatever happened: a thread
/// that ends while its stream waits for another device may never end (seen with CUDA 13.0 on two H200).
pub struct Use<'a>(pub &'a [Device]);

impl Drop for Use<'_> {
    fn drop(&mut self) {
        for device in self.0 {
            // An error has been told already, or is told by the device's next operation.
            let _ = device.synchronize();
        }
    }
}

struct Group {
    count: usize,
    numbers: Meeting<Vec<f64>>,
    tensors: Meeting<Vec<Tensor>>,
    /// One for each rank between CUDA devices; none where all share the processor's memory.
    #[cfg(feature = "cuda")]
    links: Vec<Link>,
}

/// One rank for each of the devices, which are either processors or different CUDA devices.
pub fn ranks(devices: &[Device]) -> Result<Vec<Rank>> {
    let count = devices.len();
    let on_processor = devices.iter().all(Device::is_cpu);
    #[cfg(not(feature = "cuda"))]
    if !on_processor {
        candle_core::bail!("this build exchanges nothing between GPUs");
    }
    let group = Arc::new(Group {
        count,
        numbers: Meeting::new(count),
        tensors: Meeting::new(count),
        #[cfg(feature = "cuda")]
        links: match on_processor {
            true => Vec::new(),
            false => Link::all(devices)?,
        },
    });
    let rank = |number| Rank {
        number,
        group: group.clone(),
    };
    Ok((0..count).map(rank).collect())
}

/// How many of `total` things each of so many takes: the same, or one more.
pub fn shares(total: usize, count: usize) -> Vec<usize> {
    let share = |index| total / count + usize::from(index < total % count);
    (0..count).map(share).collect()
}

impl Rank {
    pub fn number(&self) -> usize {
        self.number
    }

    /// How many ranks there are.
    pub fn count(&self) -> usize {
        self.group.count
    }

    /// What each rank tells the others, in their order.
    pub fn tell(&self, own: Vec<f64>) -> Result<Vec<Vec<f64>>> {
        self.group.numbers.meet(self.number, own)
    }

    /// Overwrites the tensors in `received`, one for each rank, with what those have `sent` to this one. All are contiguous,
    /// and a rank's own are left as they are.
    pub fn exchange(&self, sent: &[Tensor], received: &[Tensor]) -> Result<()> {
        let all = [sent, received];
        if all.iter().any(|tensors| tensors.len() != self.count()) {
            candle_core::bail!("an exchange takes a tensor for each rank and from each");
        }
        if all.into_iter().flatten().any(|x| !x.is_contiguous()) {
            candle_core::bail!("only contiguous tensors are exchanged");
        }
        #[cfg(feature = "cuda")]
        if let Some(link) = self.group.links.get(self.number) {
            return self.read(link, sent, received);
        }
        let all = self.group.tensors.meet(self.number, sent.to_vec())?;
        for (rank, (theirs, target)) in all.iter().zip(received).enumerate() {
            if let Some(chunk) = theirs.get(self.number)
                && rank != self.number
            {
                fill(target, chunk)?;
            }
        }
        // What was sent may change only when all have read it.
        self.tell(Vec::new()).map(|_| ())
    }

    /// [`Rank::exchange`] between CUDA devices. What was sent may change only when all have queued that they read it.
    #[cfg(feature = "cuda")]
    fn read(&self, own: &Link, sent: &[Tensor], received: &[Tensor]) -> Result<()> {
        own.offer()?;
        // Held until this rank has read it, so that a rank that gives up takes away nothing that others read.
        let all = self.group.tensors.meet(self.number, sent.to_vec())?;
        let read = self.read_all(own, &all, received);
        if read.is_err() {
            own.leave();
        }
        // Before the others go on: memory is freed in the order of the work of the thread that frees it.
        drop(all);
        read?;
        self.tell(Vec::new())?;
        own.wait_for_readers(&self.group.links)
    }

    #[cfg(feature = "cuda")]
    fn read_all(&self, own: &Link, all: &[Vec<Tensor>], received: &[Tensor]) -> Result<()> {
        let others = all.iter().zip(&self.group.links).zip(received);
        for (rank, ((theirs, link), target)) in others.enumerate() {
            if let Some(chunk) = theirs.get(self.number)
                && rank != self.number
            {
                own.read(link, chunk, target)?;
            }
        }
        own.has_read()
    }

    /// [`attention`] of the queries [heads, rows, d] in this rank's rows to the keys and values in all ranks' rows; `rows`
    /// says how many each has. The result is [rows, heads·d]. There are at least as many heads as ranks.
    pub fn attention(&self, qkv: [Tensor; 3], rows: &[usize]) -> Result<Tensor> {
        let heads = qkv[0].dim(0)?;
        let [q, k, v] = self.rows_to_heads(qkv, rows)?;
        let attended = attention(&q, &k, &v, Sight::All)?;
        self.heads_to_rows(&attended, rows, heads)
    }

    /// Three tensors [heads, own rows, d] → [own heads, all rows, d], rows in the ranks' order; the heads are shared as by
    /// [`shares`].
    pub fn rows_to_heads(&self, parts: [Tensor; 3], rows: &[usize]) -> Result<[Tensor; 3]> {
        let (heads, own_rows, size) = parts[0].dims3()?;
        let (heads, rows) = (spans(&shares(heads, self.count())), spans(rows));
        let (own_heads, own) = (self.own(&heads)?, self.own(&rows)?);
        if own.count != own_rows {
            candle_core::bail!("a rank of {} rows brought {own_rows}", own.count);
        }
        let all_rows = rows.iter().map(|span| span.count).sum::<usize>();
        let all = room(&parts[0], (all_rows, 3, own_heads.count, size))?;
        let mut sent = Vec::with_capacity(heads.len());
        for (rank, heads) in heads.iter().enumerate() {
            let chunk = if rank == self.number {
                own.of(&all)?
            } else {
                room(&parts[0], (own_rows, 3, heads.count, size))?
            };
            pack(&parts, heads, &chunk)?;
            sent.push(chunk);
        }
        let received: Vec<_> = rows
            .iter()
            .map(|rows| rows.of(&all))
            .collect::<Result<_>>()?;
        // Freed before attention needs memory.
        drop(parts);
        self.exchange(&sent, &received)?;
        let part = |index| all.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
        Ok([part(0)?, part(1)?, part(2)?])
    }

    /// The reverse for one tensor, of so many heads in all: [own heads, all rows, d] → [own rows, heads·d].
    pub fn heads_to_rows(&self, x: &Tensor, rows: &[usize], heads: usize) -> Result<Tensor> {
        let size = x.dim(2)?;
        let (heads, rows) = (spans(&shares(heads, self.count())), spans(rows));
        let own_rows = self.own(&rows)?.count;
        let joined = join_heads(x)?;
        let sent: Vec<_> = rows
            .iter()
            .map(|rows| rows.of(&joined))
            .collect::<Result<_>>()?;
        let mut received = Vec::with_capacity(heads.len());
        for (rank, (heads, own)) in heads.iter().zip(&sent).enumerate() {
            received.push(if rank == self.number {
                own.clone()
            } else {
                room(x, (own_rows, heads.count * size))?
            });
        }
        self.exchange(&sent, &received)?;
        let width = heads.iter().map(|heads| heads.count * size).sum::<usize>();
        let out = room(x, (own_rows, width))?;
        for (chunk, heads) in received.iter().zip(&heads) {
            place(chunk, &out, heads.first * size)?;
        }
        Ok(out)
    }

    /// Gives up: whatever any rank exchanges from now on fails.
    pub fn end(&self) {
        self.group.numbers.end();
        self.group.tensors.end();
    }

    pub fn has_ended(&self) -> bool {
        self.group.numbers.has_ended()
    }

    fn own<'a>(&self, spans: &'a [Span]) -> Result<&'a Span> {
        match spans.get(self.number) {
            Some(span) if spans.len() == self.count() => Ok(span),
            _ => candle_core::bail!("{} shares for {} ranks", spans.len(), self.count()),
        }
    }
}

/// Of things in a row, one rank's.
struct Span {
    first: usize,
    count: usize,
}

fn spans(counts: &[usize]) -> Vec<Span> {
    let mut first = 0;
    let span = |count: &usize| {
        let span = Span {
            first,
            count: *count,
        };
        first += count;
        span
    };
    counts.iter().map(span).collect()
}

impl Span {
    /// These rows of a tensor.
    fn of(&self, x: &Tensor) -> Result<Tensor> {
        x.narrow(0, self.first, self.count)
    }
}

/// A tensor to be filled, of the number type and on the device of another.
fn room(like: &Tensor, shape: impl Into<Shape>) -> Result<Tensor> {
    let shape = shape.into();
    #[cfg(feature = "cuda")]
    if let Some(room) = crate::cuda::lines::room(like, &shape)? {
        return Ok(room);
    }
    Tensor::zeros(shape, like.dtype(), like.device())
}

fn fill(target: &Tensor, source: &Tensor) -> Result<()> {
    if target.dims() != source.dims() {
        candle_core::bail!("{:?} was sent for {:?}", source.dims(), target.dims());
    }
    match source.elem_count() {
        0 => Ok(()),
        _ => target.slice_set(source, 0, 0),
    }
}

/// Some heads of three tensors [heads, rows, d] as [rows, 3, heads, d], into `chunk`.
fn pack(parts: &[Tensor; 3], heads: &Span, chunk: &Tensor) -> Result<()> {
    if chunk.elem_count() == 0 {
        return Ok(());
    }
    #[cfg(feature = "cuda")]
    if crate::cuda::lines::pack(parts, heads.first, chunk)? {
        return Ok(());
    }
    let part = |x: &Tensor| {
        x.narrow(0, heads.first, heads.count)?
            .transpose(0, 1)?
            .contiguous()
    };
    let [q, k, v] = parts.each_ref().map(part);
    fill(chunk, &Tensor::stack(&[q?, k?, v?], 1)?)
}

/// Overwrites columns of `out` from `first` on with those of `chunk`.
fn place(chunk: &Tensor, out: &Tensor, first: usize) -> Result<()> {
    #[cfg(feature = "cuda")]
    if crate::cuda::lines::place(chunk, out, first)? {
        return Ok(());
    }
    match chunk.elem_count() {
        0 => Ok(()),
        _ => out.slice_set(chunk, 1, first),
    }
}
