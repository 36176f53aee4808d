//! What a job would take, asked of a worker before there is a job. Workers share a queue group, so that one of them answers.

use std::sync::Arc;

use async_nats::client::RequestErrorKind;
use engine::{DecomposeRequest, EngineError, Estimate, Estimators, Hardware};
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::select_all;
use image::RgbaImage;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::job::{MOST_PIXELS, read, text};
use crate::layout::estimate_subject;
use crate::link::Link;
use crate::{Cluster, ClusterError, Need};

/// A request, and the size of its picture in place of the picture.
#[derive(Serialize, Deserialize)]
struct Question {
    request: DecomposeRequest,
    width: u32,
    height: u32,
}

impl Cluster {
    /// What the job would take at a worker that takes such jobs.
    ///
    /// # Errors
    /// The worker's own, or that none answers.
    pub fn estimate(
        &self,
        need: Need,
        request: &DecomposeRequest,
    ) -> Result<Estimate, EngineError> {
        let question = Question {
            request: request.clone(),
            width: request.source.width(),
            height: request.source.height(),
        };
        let payload = text(&question)?;
        let client = &self.link.client;
        let asked = client.request(estimate_subject(need), payload.into());
        let answer = self.runtime.block_on(asked).map_err(|error| {
            let need = need.name();
            match error.kind() {
                RequestErrorKind::NoResponders => ClusterError::NoWorker { need },
                RequestErrorKind::TimedOut => ClusterError::Silent { need },
                _ => self.link.away(error),
            }
        });
        read::<Result<Estimate, EngineError>>(&answer?.payload)?
    }
}

impl Link {
    /// Answers whoever asks what jobs of these needs would take, until it is dropped.
    pub async fn answer_estimates(&self, needs: &[Need], hardware: &Hardware, here: &Estimators) {
        let asked = needs.iter().map(|need| {
            let group = "workers".to_owned();
            self.client.queue_subscribe(estimate_subject(*need), group)
        });
        // Whoever asks is told that nobody answers.
        let Ok(asked) = try_join_all(asked).await else {
            return;
        };
        let mut asked = select_all(asked);
        while let Some(asked) = asked.next().await {
            let Some(inbox) = asked.reply else { continue };
            let (here, hardware) = (here.clone(), hardware.clone());
            let answered = spawn_blocking(move || answer(&asked.payload, &hardware, &here)).await;
            if let Ok(Ok(answer)) = answered {
                let _ = self.client.publish(inbox, answer.into()).await;
            }
        }
    }
}

fn answer(
    question: &[u8],
    hardware: &Hardware,
    here: &Estimators,
) -> Result<Vec<u8>, ClusterError> {
    let answer = read(question).map_err(EngineError::from);
    let answer = answer.and_then(|question| estimate(question, hardware, here));
    text(&answer)
}

fn estimate(
    question: Question,
    hardware: &Hardware,
    here: &Estimators,
) -> Result<Estimate, EngineError> {
    let (width, height) = (question.width, question.height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let sentence =
            format!("a picture of {width} × {height} is too large; choose a smaller one");
        return Err(EngineError::InvalidRequest(sentence));
    }
    let mut request = DecomposeRequest {
        source: Arc::new(RgbaImage::new(width, height)),
        ..question.request
    };
    if request.hardware == Hardware::default() {
        request.hardware = hardware.clone();
    }
    here.estimate(&request)
}
