use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::rendezvous::Rendezvous;
use crate::Result;
#[cfg(feature = "cuda")]
use crate::cuda::peers::{Link, Signal};

/// Between threads on a processor nobody signals.
#[cfg(not(feature = "cuda"))]
type Signal = std::convert::Infallible;

/// One of the threads that share work. All call the same methods in the same order, or wait until one of them calls
/// [`Rank::abort`].
pub struct Rank {
    number: usize,
    group: Arc<Group>,
}

struct Group {
    count: usize,
    numbers: Rendezvous<Vec<f64>>,
    offers: Rendezvous<Offer>,
    /// When each has read what it was offered.
    reads: Rendezvous<Option<Signal>>,
    /// One for each rank between CUDA devices; none where all share the processor's memory.
    #[cfg(feature = "cuda")]
    links: Vec<Link>,
}

/// Tensors, one for each rank, and when they are there.
#[derive(Clone)]
struct Offer {
    tensors: Vec<Tensor>,
    ready: Option<Signal>,
}

/// An exchange that has begun. What the device is given next runs beside it, and others may begin; they end in the order in
/// which they began.
#[must_use = "nothing may read what is received before the exchange has finished"]
pub struct AllToAll<'a> {
    rank: &'a Rank,
    /// All that was sent and is received, until no device uses it.
    _held: Vec<Tensor>,
    has_read: Option<Signal>,
    is_finished: bool,
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
        numbers: Rendezvous::new(count),
        offers: Rendezvous::new(count),
        reads: Rendezvous::new(count),
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

impl Rank {
    pub fn number(&self) -> usize {
        self.number
    }

    /// How many ranks there are.
    pub fn count(&self) -> usize {
        self.group.count
    }

    /// Each rank's numbers, in the ranks' order.
    pub fn all_gather(&self, own: Vec<f64>) -> Result<Vec<Vec<f64>>> {
        self.group.numbers.meet(self.number, own)
    }

    /// Begins to overwrite the tensors in `received`, one for each rank, with what those have `sent` to this one. All are
    /// contiguous, and a rank's own are left as they are.
    pub fn all_to_all(&self, sent: Vec<Tensor>, received: &[Tensor]) -> Result<AllToAll<'_>> {
        let all = [sent.as_slice(), received];
        if all.iter().any(|tensors| tensors.len() != self.count()) {
            candle_core::bail!("an exchange takes a tensor for each rank and from each");
        }
        if all.into_iter().flatten().any(|x| !x.is_contiguous()) {
            candle_core::bail!("only contiguous tensors are exchanged");
        }
        let mut exchange = AllToAll {
            rank: self,
            _held: [sent.as_slice(), received].concat(),
            has_read: None,
            is_finished: false,
        };
        let offer = Offer {
            tensors: sent,
            ready: self.ready()?,
        };
        let offers = self.group.offers.meet(self.number, offer)?;
        for (rank, (offer, target)) in offers.iter().zip(received).enumerate() {
            if let Some(chunk) = offer.tensors.get(self.number)
                && rank != self.number
            {
                self.read(rank, chunk, offer.ready.as_ref(), target)?;
            }
        }
        // Before the others can finish: memory is freed in the order of the work of the thread that frees it.
        drop(offers);
        exchange.has_read = self.has_read()?;
        Ok(exchange)
    }

    /// Gives up: whatever any rank exchanges from now on fails.
    pub fn abort(&self) {
        self.group.numbers.abort();
        self.group.offers.abort();
        self.group.reads.abort();
    }

    pub fn is_aborted(&self) -> bool {
        self.group.numbers.is_aborted()
    }
}

#[cfg(feature = "cuda")]
impl Rank {
    fn link(&self) -> Option<&Link> {
        self.group.links.get(self.number)
    }

    /// When all is there that this rank offers.
    fn ready(&self) -> Result<Option<Signal>> {
        self.link().map(Link::offer).transpose()
    }

    fn read(
        &self,
        rank: usize,
        chunk: &Tensor,
        ready: Option<&Signal>,
        target: &Tensor,
    ) -> Result<()> {
        match (self.link(), self.group.links.get(rank), ready) {
            (Some(own), Some(other), Some(ready)) => own.read(other, chunk, ready, target),
            _ => fill(target, chunk),
        }
    }

    fn has_read(&self) -> Result<Option<Signal>> {
        self.link().map(Link::has_read).transpose()
    }

    fn wait_for(&self, signals: &[Option<Signal>]) -> Result<()> {
        match self.link() {
            Some(link) => link.wait_for(signals.iter().flatten()),
            None => Ok(()),
        }
    }

    /// What it reads may go away next.
    fn leave(&self) {
        if let Some(link) = self.link() {
            link.leave();
        }
    }
}

#[cfg(not(feature = "cuda"))]
impl Rank {
    fn ready(&self) -> Result<Option<Signal>> {
        Ok(None)
    }

    fn read(&self, _: usize, chunk: &Tensor, _: Option<&Signal>, target: &Tensor) -> Result<()> {
        fill(target, chunk)
    }

    fn has_read(&self) -> Result<Option<Signal>> {
        Ok(None)
    }

    fn wait_for(&self, _: &[Option<Signal>]) -> Result<()> {
        Ok(())
    }

    fn leave(&self) {}
}

impl AllToAll<'_> {
    /// What the calling thread gives its device from now on finds what was received, and may change what was sent.
    pub fn finish(mut self) -> Result<()> {
        let reads = &self.rank.group.reads;
        let all = reads.meet(self.rank.number, self.has_read.take())?;
        self.rank.wait_for(&all)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for AllToAll<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.rank.leave();
        }
    }
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
