use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};

use super::rendezvous::Rendezvous;
use crate::Result;
#[cfg(feature = "cuda")]
use crate::collective::cuda::peers::{Link, Reads};

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
    #[cfg(feature = "cuda")]
    links: Vec<Link>,
}

/// An exchange that has begun. What the device is given next runs beside it, and others may begin; they end in the order in
/// which they began.
#[must_use = "nothing may read what is received before the exchange has finished"]
pub struct AllToAll<'a> {
    rank: &'a Rank,
    number: usize,
    /// None where the rank's thread reads by itself. Dropped before what it reads.
    #[cfg(feature = "cuda")]
    reads: Option<Reads<'a>>,
    /// All that was sent and is received, until no device uses it.
    _held: Vec<Tensor>,
}

/// One rank for each of the devices, which are either processors or different CUDA devices.
pub fn ranks(devices: &[Device]) -> Result<Vec<Rank>> {
    let count = devices.len();
    #[cfg(not(feature = "cuda"))]
    if !devices.iter().all(Device::is_cpu) {
        candle_core::bail!("this build exchanges nothing between GPUs");
    }
    let group = Arc::new(Group {
        count,
        numbers: Rendezvous::new(count),
        offers: Rendezvous::new(count),
        reads: Rendezvous::new(count),
        #[cfg(feature = "cuda")]
        links: Link::all(devices)?,
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
            #[cfg(feature = "cuda")]
            reads: Reads::offer(&self.group.links, self.number, number)?,
            _held: [sent.as_slice(), received].concat(),
        };
        exchange.read(self.group.offers.meet(self.number, sent)?, received)?;
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
    /// Lets go of what others offer before they can finish: memory is freed in the order of the work of the thread that frees it.
    fn read(&self, offers: Vec<Vec<Tensor>>, received: &[Tensor]) -> Result<()> {
        let own = self.rank.number;
        let others = offers.iter().zip(received).enumerate();
        let mut others = others
            .filter(|(rank, _)| *rank != own)
            .filter_map(|(rank, (offered, target))| Some((rank, offered.get(own)?, target)));
        #[cfg(feature = "cuda")]
        if let Some(reads) = &self.reads {
            return reads.begin(others);
        }
        others.try_for_each(|(_, offered, target)| fill(target, offered))
    }

    /// What the calling thread gives its device from now on finds what was received, and may change what was sent.
    pub fn finish(self) -> Result<()> {
        let rank = self.rank;
        if self.number != rank.finished.load(Ordering::Relaxed) {
            candle_core::bail!("exchanges end in the order in which they began");
        }
        rank.group.reads.meet(rank.number, ())?;
        #[cfg(feature = "cuda")]
        if let Some(reads) = self.reads {
            reads.finish()?;
        }
        rank.finished.fetch_add(1, Ordering::Relaxed);
        Ok(())
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
