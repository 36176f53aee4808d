//! Pictures and layers in the server's object store.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::object_store::{GetErrorKind, InfoErrorKind, ObjectStore};
use engine::Decomposition;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use crate::ClusterError;
use crate::job::picture;
use crate::link::Link;

/// Longest time between two parts of an object.
const PART_TIME: Duration = Duration::from_secs(20);
/// Bytes of an object.
const LARGEST: usize = 2 << 30;

impl Link {
    /// Stores the picture under its hash, unless it is stored already.
    pub async fn put_picture(&self, sha256: &str, png: &[u8]) -> Result<(), ClusterError> {
        match self.pictures.info(sha256).await {
            Ok(info) if !info.deleted => Ok(()),
            Err(error) if error.kind() != InfoErrorKind::NotFound => Err(self.away(error)),
            _ => self.put(&self.pictures, sha256, png).await,
        }
    }

    /// The PNG of that hash, or nothing where it is gone.
    pub async fn picture(&self, sha256: &str) -> Result<Option<Vec<u8>>, ClusterError> {
        self.get(&self.pictures, sha256).await
    }

    /// Stores a layer of a run; doing it twice does no harm.
    pub async fn put_layer(&self, run: &str, n: usize, png: &[u8]) -> Result<(), ClusterError> {
        self.put(&self.layers, &layer(run, n), png).await
    }

    /// Gives each layer its pixels.
    pub async fn fetch_layers(
        &self,
        run: &str,
        decomposition: &mut Decomposition,
    ) -> Result<(), ClusterError> {
        for (n, layer_of) in decomposition.layers.iter_mut().enumerate() {
            let name = layer(run, n);
            let png = self.get(&self.layers, &name).await?;
            let png = png.ok_or_else(|| ClusterError::Strange("its layers are gone".into()))?;
            let decoded = tokio::task::spawn_blocking(|| picture(png)).await;
            let image = decoded.map_err(|error| ClusterError::System(error.to_string()))?;
            layer_of.image = Arc::new(image.map_err(ClusterError::Strange)?);
        }
        Ok(())
    }

    /// What cannot be removed now expires by itself.
    pub async fn remove_layers(&self, run: &str, layers: usize) {
        for n in 0..layers {
            let _ = self.layers.delete(layer(run, n)).await;
        }
    }

    async fn put(
        &self,
        bucket: &ObjectStore,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), ClusterError> {
        let put = bucket.put(name, &mut &bytes[..]).await;
        put.map(drop).map_err(|error| self.away(error))
    }

    async fn get(&self, bucket: &ObjectStore, name: &str) -> Result<Option<Vec<u8>>, ClusterError> {
        let mut object = match bucket.get(name).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.away(error)),
        };
        let mut bytes = Vec::with_capacity(object.info().size.min(LARGEST));
        loop {
            let part = timeout(PART_TIME, object.read_buf(&mut bytes)).await;
            let part = part.map_err(|_| self.away("an object stopped to come"))?;
            match part.map_err(|error| self.away(error))? {
                0 => return Ok(Some(bytes)),
                _ if bytes.len() > LARGEST => {
                    return Err(ClusterError::Strange(format!("{name} is too large")));
                }
                _ => {}
            }
        }
    }
}

fn layer(run: &str, n: usize) -> String {
    format!("{run}/{n}.png")
}
