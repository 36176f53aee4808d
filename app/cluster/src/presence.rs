//! Which workers are there: each answers a broadcast question.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::job::{read, text};
use crate::layout::Need;
use crate::link::Link;

const SUBJECT: &str = "lamina.workers";
/// Workers of one network answer within this.
const ANSWER_TIME: Duration = Duration::from_secs(1);

impl Link {
    /// Needs that some worker takes.
    pub async fn taken(&self) -> Vec<Need> {
        let inbox = self.client.new_inbox();
        let Ok(mut answers) = self.client.subscribe(inbox.clone()).await else {
            return Vec::new();
        };
        let asked = self
            .client
            .publish_with_reply(SUBJECT, inbox, Default::default());
        let mut taken = HashSet::new();
        if asked.await.is_ok() {
            let until = Instant::now() + ANSWER_TIME;
            while taken.len() < Need::ALL.len()
                && let Ok(Some(answer)) = timeout_at(until, answers.next()).await
            {
                let names: Vec<String> = read(&answer.payload).unwrap_or_default();
                taken.extend(names.iter().filter_map(|name| Need::named(name)));
            }
        }
        let all = Need::ALL.into_iter();
        all.filter(|need| taken.contains(need)).collect()
    }

    /// Answers whoever asks, until it is dropped.
    pub async fn be_present(&self, needs: &[Need]) {
        let names: Vec<_> = needs.iter().map(|need| need.name()).collect();
        let (Ok(answer), Ok(mut asked)) = (text(&names), self.client.subscribe(SUBJECT).await)
        else {
            return;
        };
        while let Some(asked) = asked.next().await {
            if let Some(inbox) = asked.reply {
                let _ = self.client.publish(inbox, answer.clone().into()).await;
            }
        }
    }
}
