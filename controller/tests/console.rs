//! The console over a real socket: who gets in, and what a hand-built network looks like.

#[cfg(test)]
#[path = "console/assortment.rs"]
mod assortment;
#[cfg(test)]
#[path = "console/demo.rs"]
mod demo;
#[cfg(test)]
#[path = "console/http.rs"]
mod http;
#[cfg(test)]
#[path = "console/office.rs"]
mod office;
#[cfg(test)]
#[path = "console/promotions.rs"]
mod promotions;
#[cfg(test)]
#[path = "console/tails.rs"]
mod tails;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::demo::{Demo, demo};
    use super::http::{Answer, get, wait_for_change};

    async fn opened(demo: &Demo) -> String {
        let link = demo.console.link(demo.port);
        let path = link
            .split_once(&format!(":{}", demo.port))
            .unwrap()
            .1
            .to_owned();
        let Answer { status, cookie, .. } = get(demo.port, &path, None, None).await;
        assert_eq!(status, 303);
        let again = get(demo.port, &path, None, None).await;
        assert_eq!(again.status, 401, "a link opens once");
        cookie.unwrap()
    }

    #[tokio::test]
    async fn without_the_link_only_health_and_measurements_answer() {
        let demo = demo(3).await;
        for path in [
            "/fleet",
            "/stores/s00001",
            "/alerts",
            "/events",
            "/api/v1/fleet/map",
        ] {
            assert_eq!(get(demo.port, path, None, None).await.status, 401, "{path}");
        }
        assert_eq!(
            get(demo.port, "/open/guessed", None, None).await.status,
            401
        );
        assert_eq!(get(demo.port, "/healthz", None, None).await.status, 200);
        let metrics = get(demo.port, "/metrics", None, None).await.body;
        assert!(
            metrics.contains("storefleet_gate_events_total{event=\"admitted\"} 7"),
            "{metrics}"
        );
    }

    #[tokio::test]
    async fn the_cookie_opens_every_page_and_a_foreign_host_none() {
        let demo = demo(40).await;
        let cookie = opened(&demo).await;
        for path in [
            "/fleet",
            "/fleet?view=list",
            "/stores/s00001",
            "/alerts",
            "/api/v1/fleet/map",
        ] {
            let answer = get(demo.port, path, Some(&cookie), None).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(
                answer
                    .head
                    .contains("content-security-policy: default-src 'none'")
            );
            let foreign = get(demo.port, path, Some(&cookie), Some("evil.example")).await;
            assert_eq!(foreign.status, 403, "{path}");
        }
        assert_eq!(
            get(demo.port, "/stores/nowhere", Some(&cookie), None)
                .await
                .status,
            404
        );
        let wish = get(demo.port, "/fleet?view=list&lang=en", Some(&cookie), None).await;
        assert!(wish.status == 303 && wish.head.contains("location: /fleet?view=list\r\n"));
    }

    #[tokio::test]
    async fn a_shops_journal_is_read_back_from_the_log() {
        let demo = demo(3).await;
        let cookie = opened(&demo).await;
        let page = get(demo.port, "/stores/s00001", Some(&cookie), None)
            .await
            .body;
        for sentence in [
            "Чек № 60 на",
            "Возврат № 41 на",
            "не подошёл &lt;размер&gt;",
            "после сбоя",
        ] {
            assert!(page.contains(sentence), "{sentence}");
        }
    }

    #[tokio::test]
    async fn three_thousand_shops_fit_the_budget() {
        let demo = demo(3_000).await;
        let cookie = opened(&demo).await;
        let page = get(demo.port, "/fleet", Some(&cookie), None).await.body;
        assert!(page.len() < 120_000, "{}", page.len());
    }

    #[tokio::test]
    async fn a_change_reaches_whoever_listens() {
        let demo = demo(3).await;
        let cookie = opened(&demo).await;
        let told =
            tokio::time::timeout(Duration::from_secs(20), wait_for_change(demo.port, &cookie));
        let change = async {
            // The first event says how it is; this one that it is so no more.
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                demo.fleet
                    .lock()
                    .unwrap()
                    .enrolled(&"s00009-1".parse().unwrap());
            }
        };
        let (told, ()) = tokio::join!(told, change);
        told.unwrap();
    }

    /// Serves networks of several sizes for somebody with a browser; ends with its process.
    #[tokio::test]
    #[ignore = "for eyes: run it alone with --nocapture"]
    async fn look() {
        let mut demos = Vec::new();
        for stores in [0, 1, 12, 3_000] {
            let demo = demo(stores).await;
            println!("{stores} {}", demo.console.link(demo.port));
            demos.push(demo);
        }
        let loaded = demo(12).await.loaded();
        println!("loaded {}", loaded.console.link(loaded.port));
        demos.push(loaded);
        for second in 0..3_600_i64 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            for demo in &demos {
                let mut fleet = demo.fleet.lock().unwrap();
                let (id, now) = ("s00003-1".parse().unwrap(), demo.now());
                match second % 20 {
                    0 if fleet.of(&id).is_some() => fleet.offline(&id, now.plus_ms(-40_000)),
                    10 if fleet.of(&id).is_some() => fleet.online(&id, now),
                    _ => {}
                }
            }
        }
    }
}
