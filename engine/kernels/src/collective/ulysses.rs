//! Attention over tokens of which each rank has some: one exchange makes rows of all heads into all rows of some heads, a second
//! the reverse (DeepSpeed-Ulysses, arXiv 2309.14509).

use std::ops::Range;

use candle_core::{Shape, Tensor};

use super::rank::{AT_ONCE, AllToAll, Rank};
use super::shares;
use crate::{Result, join_heads};

/// Query, key and value on their way to the ranks that have their heads.
pub struct ToHeads<'a> {
    exchange: AllToAll<'a>,
    /// [all rows, 3, own heads, d]
    all: Tensor,
}

/// What a rank's heads have made, on its way to the ranks that have its rows.
pub struct ToRows<'a> {
    exchange: AllToAll<'a>,
    /// Of each rank's heads [own rows, heads·d]
    received: Vec<Tensor>,
}

/// Attention to two groups of heads, one after the other, has two last waves of a kernel that do not fill a GPU: on H200s 1 % of a
/// forward at 9,856 tokens, where hiding the exchange gains 1 % at 24,832.
const LONG: usize = 16_384;

impl Rank {
    /// Which heads to exchange together, so that in a long sequence attention to some runs beside the exchange of others: all of
    /// them where other sequences' exchanges run beside this one's. The first are fewer, as nothing hides their exchange.
    pub fn head_groups(&self, heads: usize, tokens: usize, sequences: usize) -> Vec<Range<usize>> {
        let first = match sequences < AT_ONCE && tokens >= LONG && heads / 3 >= self.count() {
            true => heads / 3,
            false => 0,
        };
        let groups = [0..first, first..heads].into_iter();
        groups.filter(|heads| !heads.is_empty()).collect()
    }

    /// Begins to make these heads of three tensors [heads, own rows, d] into [own heads, all rows, d], rows in the ranks' order;
    /// the heads are shared as by [`shares`]. `rows` says how many each rank has.
    pub fn rows_to_heads(
        &self,
        parts: &[Tensor; 3],
        heads: Range<usize>,
        rows: &[usize],
    ) -> Result<ToHeads<'_>> {
        let (_, own_rows, size) = parts[0].dims3()?;
        let (first_head, rows) = (heads.start, spans(rows));
        let heads = spans(&shares(heads.len(), self.count()));
        let (own_heads, own) = (self.own(&heads)?, self.own(&rows)?);
        if own.count != own_rows {
            candle_core::bail!("a rank of {} rows brought {own_rows}", own.count);
        }
        let all_rows = rows.iter().map(|span| span.count).sum::<usize>();
        let all = room(&parts[0], (all_rows, 3, own_heads.count, size))?;
        let mut sent = Vec::with_capacity(heads.len());
        for (rank, heads) in heads.iter().enumerate() {
            let chunk = if rank == self.number() {
                own.of(&all)?
            } else {
                room(&parts[0], (own_rows, 3, heads.count, size))?
            };
            pack(parts, first_head + heads.first, &chunk)?;
            sent.push(chunk);
        }
        let received: Vec<_> = rows
            .iter()
            .map(|rows| rows.of(&all))
            .collect::<Result<_>>()?;
        let exchange = self.all_to_all(sent, &received)?;
        Ok(ToHeads { exchange, all })
    }

    /// Begins the reverse for one tensor, of so many heads in all: [own heads, all rows, d] → [own rows, heads·d].
    pub fn heads_to_rows(&self, x: &Tensor, rows: &[usize], heads: usize) -> Result<ToRows<'_>> {
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
            received.push(if rank == self.number() {
                own.clone()
            } else {
                room(x, (own_rows, heads.count * size))?
            });
        }
        let exchange = self.all_to_all(sent, &received)?;
        Ok(ToRows { exchange, received })
    }

    fn own<'a>(&self, spans: &'a [Span]) -> Result<&'a Span> {
        match spans.get(self.number()) {
            Some(span) if spans.len() == self.count() => Ok(span),
            _ => candle_core::bail!("{} shares for {} ranks", spans.len(), self.count()),
        }
    }
}

impl ToHeads<'_> {
    pub fn finish(self) -> Result<[Tensor; 3]> {
        self.exchange.finish()?;
        let part = |index| self.all.narrow(1, index, 1)?.squeeze(1)?.transpose(0, 1);
        Ok([part(0)?, part(1)?, part(2)?])
    }
}

impl ToRows<'_> {
    /// The heads of these, side by side.
    pub fn finish(groups: impl IntoIterator<Item = Self>) -> Result<Tensor> {
        let mut received = Vec::new();
        for group in groups {
            group.exchange.finish()?;
            received.extend(group.received);
        }
        let widths = received.iter().map(|chunk| chunk.dim(1));
        let widths: Vec<_> = widths.collect::<Result<_>>()?;
        let Some(first) = received.first() else {
            candle_core::bail!("no rank has any heads");
        };
        let out = room(first, (first.dim(0)?, widths.iter().sum::<usize>()))?;
        for (chunk, columns) in received.iter().zip(spans(&widths)) {
            place(chunk, &out, columns.first)?;
        }
        Ok(out)
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
    if let Some(room) = crate::collective::cuda::lines::room(like, &shape)? {
        return Ok(room);
    }
    Tensor::zeros(shape, like.dtype(), like.device())
}

/// Heads of three tensors [heads, rows, d] from `first` on as [rows, 3, heads, d], into `chunk`.
fn pack(parts: &[Tensor; 3], first: usize, chunk: &Tensor) -> Result<()> {
    if chunk.elem_count() == 0 {
        return Ok(());
    }
    #[cfg(feature = "cuda")]
    if crate::collective::cuda::lines::pack(parts, first, chunk)? {
        return Ok(());
    }
    let part = |x: &Tensor| {
        x.narrow(0, first, chunk.dim(2)?)?
            .transpose(0, 1)?
            .contiguous()
    };
    let [q, k, v] = parts.each_ref().map(part);
    chunk.slice_set(&Tensor::stack(&[q?, k?, v?], 1)?, 0, 0)
}

/// Overwrites columns of `out` from `first` on with those of `chunk`.
fn place(chunk: &Tensor, out: &Tensor, first: usize) -> Result<()> {
    #[cfg(feature = "cuda")]
    if crate::collective::cuda::lines::place(chunk, out, first)? {
        return Ok(());
    }
    match chunk.elem_count() {
        0 => Ok(()),
        _ => out.slice_set(chunk, 1, first),
    }
}
