//! What there is of the model on this computer and on servers, for whoever lets a user choose.

mod look;

use std::cell::LazyCell;
use std::sync::Mutex;
use std::sync::PoisonError;

use download::{Server, Watch, free_space};
use engine::{
    Catalogue, EngineError, Fit, FoundModel, ModelLibrary, ModelPlaces, ModelSource, OnTransfer,
    PublishedModel, Transfer,
};
use runtime::Placement;
use runtime::plan::{Plan, PlanOptions, Sizes, plan_on};

use crate::Result;
use crate::catalogue::{CatalogueResult, Download, Here, Published, place, task};

/// The models of one folder, and the server that has more.
pub struct Library {
    here: Here,
    server: Server,
}

/// What runs models on this computer; opening a GPU takes a moment and some of its memory, so only a model that is found has it
/// opened.
struct Host(LazyCell<Result<(Placement, PlanOptions)>>);

impl Library {
    pub fn new(here: Here, server: Server) -> Self {
        Self { here, server }
    }

    /// What is published, and what each would take here.
    pub fn list(&self) -> CatalogueResult<Catalogue> {
        let host = Host::ask();
        let best = host.best().map(|best| best.name);
        let models = Published::all().iter().map(|published| PublishedModel {
            name: published.name.into(),
            about: published.about.into(),
            licence: published.licence.into(),
            bytes: published.bytes(),
            is_here: self.here.has(published),
            is_begun: self.here.has_begun(published),
            is_best: best == Some(published.name),
            fit: host.fit(|placement, options| published.plan(placement, options)),
        });
        Ok(Catalogue {
            models: models.collect(),
            folder: self.here.folder().to_owned(),
            free: free_space(self.here.folder())?,
        })
    }

    fn named(name: &str) -> Result<&'static Published, EngineError> {
        Published::named(name)
            .ok_or_else(|| EngineError::InvalidRequest(format!("no model is called \"{name}\"")))
    }
}

impl ModelLibrary for Library {
    fn find(&self, places: &ModelPlaces) -> Vec<FoundModel> {
        look::look(&self.here, places, &Host::ask())
    }

    fn catalogue(&self) -> Result<Catalogue, EngineError> {
        Ok(self.list()?)
    }

    fn download(&self, name: &str, tell: OnTransfer) -> Result<ModelSource, EngineError> {
        let watch = Telling {
            tell,
            last: Mutex::default(),
        };
        let download = Download::prepare(&self.here, Self::named(name)?, &self.server)?;
        watch.bytes(download.there(), download.bytes());
        download.run(&watch)?;
        Ok(ModelSource::Folder(download.folder()))
    }

    fn discard(&self, name: &str) -> Result<(), EngineError> {
        let published = Self::named(name)?;
        match self.here.has_begun(published) {
            true => Ok(self.here.remove(published)?),
            false => Ok(()),
        }
    }
}

impl Host {
    fn ask() -> Self {
        Self(LazyCell::new(place))
    }

    /// A GPU; the model would take days on a processor.
    fn gpu(&self) -> Option<&(Placement, PlanOptions)> {
        let place = (*self.0).as_ref().ok();
        place.filter(|(placement, _)| !placement.is_processor())
    }

    fn best(&self) -> Option<&'static Published> {
        let (placement, options) = self.gpu()?;
        Published::best(placement, options)
    }

    fn fit(&self, plan: impl FnOnce(&Placement, &PlanOptions) -> Result<Plan>) -> Option<Fit> {
        let (placement, options) = self.gpu()?;
        let plan = plan(placement, options);
        Some(plan.map_or_else(|error| Err(error.to_string()), |plan| Ok(plan.to_string())))
    }

    fn fit_of(&self, sizes: &Sizes) -> Option<Fit> {
        self.fit(|placement, options| plan_on(placement, sizes, &task(), options, None))
    }
}

/// Passes on how far a download is, to who may end it.
struct Telling<'a> {
    tell: OnTransfer<'a>,
    last: Mutex<Transfer>,
}

impl Telling<'_> {
    fn now(&self, change: impl FnOnce(&mut Transfer)) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut last);
        (self.tell)(*last)
    }
}

impl Watch for Telling<'_> {
    fn bytes(&self, there: u64, all: u64) {
        self.now(|last| {
            *last = Transfer {
                there,
                all,
                checking: false,
            }
        });
    }

    fn checking(&self) {
        self.now(|last| last.checking = true);
    }

    fn is_cancelled(&self) -> bool {
        !self.now(|_| ())
    }
}
