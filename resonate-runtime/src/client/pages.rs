//! What a search finds, page by page.

use std::fmt;
use std::future::IntoFuture;

use resonate_core::Text;
use resonate_core::registry::BoxFuture;

use crate::error::Result;

/// The length of a page: the most that servers give.
pub(super) const PAGE: i64 = 1000;

/// A page, and where the next one starts.
type Page<T> = (Vec<T>, Option<Text>);

/// Asks for the page that starts there.
type Ask<'c, T> = Box<dyn Fn(Option<Text>) -> BoxFuture<'c, Result<Page<T>>> + Send + 'c>;

/// What a search finds, in the order of ids, page by page.
///
/// [`next_page`](Self::next_page) holds one page of at most 1,000 in memory at a time; awaiting
/// the search gathers all of them.
///
/// ```
/// use resonate::prelude::*;
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let resonate = Resonate::memory().await?;
/// resonate.promises().create("approval", Duration::from_secs(60)).await?;
///
/// let all = resonate.promises().search(None, &[]).await?;
/// assert_eq!(all.len(), 1);
///
/// let mut pages = resonate.promises().search(None, &[]);
/// while let Some(page) = pages.next_page().await? {
///     for promise in page {
///         println!("{} {:?}", promise.id(), promise.state());
///     }
/// }
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
#[must_use = "a search asks when it, or its next page, is awaited"]
pub struct Pages<'c, T> {
    ask: Ask<'c, T>,
    /// Where the next page starts; none when there is no other.
    next: Option<Option<Text>>,
}

impl<'c, T> Pages<'c, T> {
    pub(super) fn new(
        ask: impl Fn(Option<Text>) -> BoxFuture<'c, Result<Page<T>>> + Send + 'c,
    ) -> Self {
        Self {
            ask: Box::new(ask),
            next: Some(None),
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// When the engine cannot be reached. The same page may be asked for again.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        let Some(start) = self.next.clone() else {
            return Ok(None);
        };
        let (page, cursor) = (self.ask)(start).await?;
        self.next = cursor.map(Some);
        Ok(Some(page))
    }
}

impl<'c, T: Send + 'c> IntoFuture for Pages<'c, T> {
    type Output = Result<Vec<T>>;
    type IntoFuture = BoxFuture<'c, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut all = Vec::new();
            while let Some(page) = self.next_page().await? {
                all.extend(page);
            }
            Ok(all)
        })
    }
}

impl<T> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
