use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};

use super::rendezvous::Rendezvous;
use crate::Result;
#[cfg(feature = "cuda")]
use crate::collective::cuda::peers::Link;

/// Exchanges that can be under way: one for each of a step's prompts, or two groups of one prompt's heads.
pub(crate) const AT_ONCE: usize = 2;

/// One of the threads that share work. All call the same methods in the same order, or wait until one of them calls
/// [`Rank::abort`].
pub struct Rank {
    number: usize,
    group: Arc<Group>,
    begun: AtomicUsize,
    finished: AtomicUsize,
}

struct Group {
    count: usize,
    numbers: Rendezvous<Vec<f64>>,
    /// Tensors, one for each rank.
    offers: Rendezvous<Vec<Tensor>>,
    /// That all reads were given to the devices.
    reads: Rendezvous<()>,
    /// One for each rank between CUDA devices; none where all share the processor's memory.
    #[cfg(feature = "cuda")]
    links: Vec<Link>,
}

/// An exchange that has begun. What the device is given next runs beside it, and others may begin; they end in the order in
/// which they began.
#[must_use = "nothing may read what is received before the exchange has finished"]
pub struct AllToAll<'a> {
    rank: &'a Rank,
    number: usize,
    /// All that was sent and is received, until no device uses it.
    _held: Vec<Tensor>,
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
        begun: AtomicUsize::new(0),
        finished: AtomicUsize::new(0),
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
        let number = self.begun.load(Ordering::Relaxed);
        if number - self.finished.load(Ordering::Relaxed) >= AT_ONCE {
            candle_core::bail!("{AT_ONCE} exchanges are under way already");
        }
        self.begun.store(number + 1, Ordering::Relaxed);
        let exchange = AllToAll {
            rank: self,
            number,
            _held: [sent.as_slice(), received].concat(),
            is_finished: false,
        };
        exchange.offer()?;
        let offers = self.group.offers.meet(self.number, sent)?;
        for (rank, (offered, target)) in offers.iter().zip(received).enumerate() {
            if let Some(chunk) = offered.get(self.number)
                && rank != self.number
            {
                exchange.read(rank, chunk, target)?;
            }
        }
        // Before the others can finish: memory is freed in the order of the work of the thread that frees it.
        drop(offers);
        exchange.has_read()?;
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

impl AllToAll<'_> {
    /// What the calling thread gives its device from now on finds what was received, and may change what was sent.
    pub fn finish(mut self) -> Result<()> {
        let rank = self.rank;
        if self.number != rank.finished.load(Ordering::Relaxed) {
            candle_core::bail!("exchanges end in the order in which they began");
        }
        rank.group.reads.meet(rank.number, ())?;
        self.wait_for_readers()?;
        rank.finished.fetch_add(1, Ordering::Relaxed);
        self.is_finished = true;
        Ok(())
    }
}

#[cfg(feature = "cuda")]
impl AllToAll<'_> {
    /// Of the rank between CUDA devices.
    fn link(&self) -> Option<&Link> {
        self.rank.group.links.get(self.rank.number)
    }

    fn offer(&self) -> Result<()> {
        self.link().map_or(Ok(()), |link| link.offer(self.number))
    }

    fn read(&self, rank: usize, chunk: &Tensor, target: &Tensor) -> Result<()> {
        match (self.link(), self.rank.group.links.get(rank)) {
            (Some(own), Some(other)) => own.read(other, self.number, chunk, target),
            _ => fill(target, chunk),
        }
    }

    fn has_read(&self) -> Result<()> {
        self.link()
            .map_or(Ok(()), |link| link.has_read(self.number))
    }

    fn wait_for_readers(&self) -> Result<()> {
        let links = &self.rank.group.links;
        self.link()
            .map_or(Ok(()), |link| link.wait_for_readers(links, self.number))
    }

    /// What it reads may go away next.
    fn leave(&self) {
        if let Some(link) = self.link() {
            link.leave();
        }
    }
}

#[cfg(not(feature = "cuda"))]
impl AllToAll<'_> {
    fn offer(&self) -> Result<()> {
        Ok(())
    }

    fn read(&self, _: usize, chunk: &Tensor, target: &Tensor) -> Result<()> {
        fill(target, chunk)
    }

    fn has_read(&self) -> Result<()> {
        Ok(())
    }

    fn wait_for_readers(&self) -> Result<()> {
        Ok(())
    }

    fn leave(&self) {}
}

impl Drop for AllToAll<'_> {
    fn drop(&mut self) {
        if !self.is_finished {
            self.leave();
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
