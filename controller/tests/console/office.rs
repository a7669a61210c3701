//! The pages of master data over a real socket: reading, changing by forms, files, promotions, and publishing.

use storefleet_controller::import::watched::Watched;

use crate::demo::{Demo, demo};
use crate::http::{Answer, get, post, upload};

/// A console with the tables of the tests, opened by a person.
pub(crate) struct Desk {
    pub(crate) demo: Demo,
    cookie: String,
}

pub(crate) async fn desk() -> Desk {
    opened(demo(0).await.loaded()).await
}

/// The console of a network, opened by a person.
pub(crate) async fn opened(demo: Demo) -> Desk {
    let link = demo.console.link_for(demo.port, "Анна").unwrap();
    let (_, path) = link.split_once(&format!(":{}", demo.port)).unwrap();
    let opened = get(demo.port, path, None, None).await;
    Desk {
        cookie: opened.cookie.unwrap(),
        demo,
    }
}

impl Desk {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(self.demo.port, path, Some(&self.cookie), None).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        let origin = format!("http://127.0.0.1:{}", self.demo.port);
        post(self.demo.port, path, &self.cookie, &origin, form).await
    }

    pub(crate) async fn upload(&self, name: &str, file: &str) -> Answer {
        upload(self.demo.port, "/import", &self.cookie, name, file).await
    }

    pub(crate) async fn reads(&self, path: &str, present: &[&str], absent: &[&str]) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}\n{}", answer.body);
        for text in present {
            assert!(
                answer.body.contains(text),
                "{path} lacks {text:?}:\n{}",
                answer.body
            );
        }
        for text in absent {
            assert!(
                !answer.body.contains(text),
                "{path} has {text:?}:\n{}",
                answer.body
            );
        }
        assert!(
            !answer.body.contains(" style=\""),
            "{path} has a style of its own"
        );
        answer
    }
}

const WHY: &str = "why=a%20reason%20of%20the%20tests";

#[tokio::test]
async fn items_are_found_filtered_and_paged() {
    let desk = desk().await;
    let whole = desk
        .reads("/catalog", &["100001", "rel=\"next\"", "Анна"], &[])
        .await;
    assert!(whole.body.len() < 120_000, "{}", whole.body.len());
    desk.reads(
        "/catalog?q=zenfone+selfie",
        &["100044"],
        &["/catalog/100001\"", "rel=\"next\""],
    )
    .await;
    desk.reads("/catalog?q=2900000000018", &["100001"], &["100044"])
        .await;
    desk.reads("/catalog?q=nothing+like+it", &["Ничего не подходит"], &[])
        .await;
    desk.reads("/catalog?group=tablet&kind=goods", &["100001"], &["100044"])
        .await;
    assert_eq!(desk.get("/catalog/none").await.status, 404);
    assert_eq!(desk.get("/changes/999999").await.status, 404);
}

#[tokio::test]
async fn a_price_is_changed_by_form_once_seen_and_taken_back() {
    let desk = desk().await;
    desk.reads(
        "/catalog/100001",
        &["Цены по уровням", "prices.csv", "IMEI"],
        &["Есть изменения"],
    )
    .await;
    let path = "/catalog/100001/price";
    let row = "row_id=990001&layer=network&price_type=retail&amount_rub=46+990%2C50&valid_from=2030-12-01T00:00";
    let short = desk.post(path, &format!("{row}&why=no")).await;
    assert!(
        short.status == 422 && short.body.contains("от 10 до 500"),
        "{}",
        short.body
    );
    let wrong = desk
        .post(
            path,
            &format!("{}&{WHY}", row.replace("46+990%2C50", "много")),
        )
        .await;
    assert!(
        wrong.status == 422 && wrong.body.contains("нужны рубли"),
        "{}",
        wrong.body
    );

    let seen = desk.post(path, &format!("{row}&{WHY}")).await;
    assert!(
        seen.status == 200 && seen.body.contains("46\u{202f}990,50"),
        "{}",
        seen.body
    );
    let (digest, key) = (seen.hidden("seen"), seen.hidden("key"));
    let blind = desk.post(path, &format!("{row}&{WHY}&step=save")).await;
    assert_eq!(blind.status, 422, "nothing is saved that was not seen");
    let save = format!("{row}&{WHY}&step=save&seen={digest}&key={key}");
    let saved = desk.post(path, &save).await;
    assert_eq!(saved.location(), "/catalog/100001");
    let again = desk.post(path, &save).await;
    assert_eq!(again.location(), "/catalog/100001");

    let present = [
        "46\u{202f}990,50",
        "01.12.2030",
        "впереди",
        "a reason of the tests",
        "Есть изменения",
    ];
    let card = desk.reads("/catalog/100001", &present, &[]).await;
    let (_, rest) = card.body.split_once("/changes/").unwrap();
    let change = rest.split_once('"').unwrap().0.to_owned();
    desk.reads(
        &format!("/changes/{change}"),
        &["вручную", "Вернётся прежнее"],
        &[],
    )
    .await;
    let undone = desk
        .post(&format!("/changes/{change}/undo"), &format!("{WHY}&key=u1"))
        .await;
    assert!(undone.location().starts_with("/changes/"));
    let card = desk
        .reads("/catalog/100001", &["отмена изменения"], &[])
        .await;
    let table = card.body.split_once("id=\"history\"").unwrap().0;
    assert!(!table.contains("46\u{202f}990,50"));
    desk.reads(
        "/catalog/100001?at=2020-01-01T00:00",
        &["как данные стояли на 01.01.2020", "Товара сейчас нет"],
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_release_is_put_together_approved_and_started_by_forms() {
    let desk = desk().await;
    desk.reads("/rollouts", &["R-1", "Завершена"], &[]).await;
    desk.reads("/rollouts/new", &["Всё опубликовано"], &[])
        .await;
    let path = "/catalog/100001/price";
    let row = format!(
        "row_id=990001&layer=network&price_type=retail&amount_rub=46890&valid_from=2026-06-01T00:00&{WHY}"
    );
    let seen = desk.post(path, &row).await;
    let save = format!("{row}&step=save&seen={}&key=p1", seen.hidden("seen"));
    assert_eq!(desk.post(path, &save).await.status, 303);
    desk.reads("/rollouts/new", &["Цены и их границы", "вся сеть"], &[])
        .await;
    let unnamed = desk
        .post("/rollouts/new", &format!("{WHY}&key=r1&title="))
        .await;
    assert_eq!(unnamed.status, 422);
    let drafted = desk
        .post("/rollouts/new", &format!("{WHY}&key=r2&title=June"))
        .await;
    assert_eq!(drafted.location(), "/rollouts/R-2");
    desk.reads(
        "/rollouts/R-2",
        &["Ждёт одобрения", "prices/network/*"],
        &[],
    )
    .await;
    let early = desk
        .post(
            "/rollouts/R-2/start",
            &format!("{WHY}&key=r3&bake=60&opens=02:00&closes=05:00&deed=start"),
        )
        .await;
    assert_eq!(early.status, 422, "nobody approved it");
    let approved = desk
        .post(
            "/rollouts/R-2/approve",
            &format!("{WHY}&key=r4&deed=approve"),
        )
        .await;
    assert_eq!(approved.location(), "/rollouts/R-2");
    let wrong = desk
        .post(
            "/rollouts/R-2/start",
            &format!("{WHY}&key=r5&bake=60&opens=26:00&closes=05:00&deed=start"),
        )
        .await;
    assert_eq!(wrong.status, 422);
    let started = desk
        .post(
            "/rollouts/R-2/start",
            &format!("{WHY}&key=r6&bake=60&opens=02:00&closes=05:00&deed=start"),
        )
        .await;
    assert_eq!(started.location(), "/rollouts/R-2");
    desk.reads("/rollouts/R-2", &["Завершена", "Откатить"], &[])
        .await;
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let desk = desk().await;
    let form = format!("{WHY}&key=x");
    let port = desk.demo.port;
    for origin in ["http://evil.example", "null"] {
        let sent = post(port, "/rollouts/new", &desk.cookie, origin, &form).await;
        assert_eq!(sent.status, 403, "{origin}");
    }
}

const FILE: &str = "row_id,item_code,price_type,layer,scope_id,amount_rub,valid_from\n\
    800001,100001,retail,region,RU-MOW,45990,2030-01-01\n\
    800002,100044,retail,region,RU-MOW,много,2030-01-01\n";

#[tokio::test]
async fn a_file_is_looked_at_taken_and_its_refused_rows_mended() {
    let desk = desk().await;
    let sent = desk.upload("прайс.csv", FILE).await;
    let path = sent.location().to_owned();
    let present = [
        "прайс.csv",
        "45\u{202f}990",
        "много",
        "нужны рубли",
        "Ошибки".to_lowercase().as_str(),
    ]
    .map(str::to_owned);
    let present: Vec<&str> = present.iter().map(String::as_str).collect();
    let look = desk.reads(&path, &present, &[]).await;
    desk.reads("/import", &["прайс.csv", "Анна"], &[]).await;
    let rows = desk.get(&format!("{path}/refused.csv")).await;
    assert!(
        rows.body.contains("amount_rub") && rows.body.contains("много"),
        "{}",
        rows.body
    );

    let take = format!("{WHY}&step=take&seen={}&key=i1", look.hidden("seen"));
    let done = desk.post(&path, &take).await;
    assert!(
        done.location().starts_with("/import?done="),
        "{}",
        done.body
    );
    assert_eq!(desk.post(&path, &take).await.location(), done.location());
    assert_eq!(desk.get(&path).await.status, 404);
    desk.reads("/catalog/100001", &["регион RU-MOW", "45\u{202f}990"], &[])
        .await;

    let list = desk
        .reads(
            done.location(),
            &["Файл принят", "1 строка не принята"],
            &[],
        )
        .await;
    let (_, rest) = list.body.split_once("/refused/").unwrap();
    let refused = format!("/refused/{}", rest.split_once('"').unwrap().0);
    desk.reads(&refused, &["cell/3/amount_rub", "много"], &[])
        .await;
    let mended = desk
        .post(&refused, "step=look&cell/3/amount_rub=43990")
        .await;
    assert!(
        mended.status == 200 && mended.body.contains("43\u{202f}990"),
        "{}",
        mended.body
    );
    let take = format!("{WHY}&step=take&seen={}&key=i2", mended.hidden("seen"));
    let done = desk.post(&refused, &take).await;
    assert!(
        done.location().starts_with("/import?done="),
        "{}",
        done.body
    );
    assert_eq!(desk.get(&refused).await.status, 404);
    desk.reads("/catalog/100044", &["43\u{202f}990"], &[]).await;
}

#[tokio::test]
async fn a_file_that_is_no_table_says_so_and_goes() {
    let desk = desk().await;
    let path = desk
        .upload("письмо.csv", "здравствуйте\nпока\n")
        .await
        .location()
        .to_owned();
    desk.reads(&path, &["Файл не подходит целиком"], &[]).await;
    assert_eq!(desk.post(&path, "step=drop").await.location(), "/import");
    assert_eq!(desk.get(&path).await.status, 404);
    desk.reads("/import", &["Файлов, ждущих решения, нет"], &["письмо"])
        .await;
}

#[tokio::test]
async fn a_shop_charges_what_its_tills_would_and_says_why() {
    let desk = desk().await;
    desk.reads("/charge", &["Назовите магазин"], &["role=\"alert\""])
        .await;
    let cart = "store=s00001&at=2026-03-01T10:00&item=100001&quantity=2&item=100044&quantity=";
    let present = [
        "К оплате",
        "Базовый прайс сети",
        "нет правила",
        "S00001",
        "Asia/Barnaul",
        "01.03.2026 10:00",
    ];
    desk.reads(&format!("/charge?{cart}"), &present, &["charge-", "price-"])
        .await;
    desk.reads(&format!("/charge?{cart}&basis=draft"), &["К оплате"], &[])
        .await;
    let english = desk.get(&format!("/charge?{cart}&lang=en")).await;
    assert_eq!(english.status, 303);

    let answer = desk
        .get("/api/v1/charge?store=S00001&at=2026-03-01T10:00&line=2900000000018*2")
        .await;
    for part in [
        "\"stack\":\"",
        "\"moment\":\"2026-03-01T10:00:00\"",
        "\"item_code\":\"100001\"",
        "\"line_no\":2",
    ] {
        assert!(answer.body.contains(part), "{part} in {}", answer.body);
    }
    let wrong = [
        ("store=S00001&at=tomorrow&line=100001", "\"code\":\"at\""),
        (
            "store=nowhere&at=2026-03-01T10:00&line=100001",
            "\"code\":\"store\"",
        ),
        (
            "store=S00001&at=2026-03-01T10:00&line=100001*x",
            "\"code\":\"line\"",
        ),
        ("store=S00001&at=2026-03-01T10:00", "\"code\":\"line\""),
        (
            "store=S00001&at=2026-03-01T10:00&line=100001&price_type=x",
            "\"code\":\"price_type\"",
        ),
    ];
    for (query, code) in wrong {
        let answer = desk.get(&format!("/api/v1/charge?{query}")).await;
        assert!(
            answer.status == 422 && answer.body.contains(code),
            "{query}: {}",
            answer.body
        );
        let page = desk.get(&format!("/charge?{query}")).await;
        assert!(
            page.status == 422 && page.body.contains("role=\"alert\""),
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_price_list_of_a_layer_is_searched_and_downloaded() {
    let desk = desk().await;
    desk.reads(
        "/prices",
        &["100001", "вся сеть", "действует"],
        &["column-", "standing-"],
    )
    .await;
    desk.reads("/prices?q=nothing+like+it", &["Ничего не подходит"], &[])
        .await;
    desk.reads(
        "/prices?reach=region/none",
        &["На этом уровне цен нет"],
        &[],
    )
    .await;
    let file = desk.get("/prices.csv?reach=network/*").await;
    assert!(
        file.body.starts_with("row_id,item_code,price_type,layer"),
        "{}",
        file.body
    );
    assert!(file.body.contains(",100001,") && !file.body.contains(",region,"));
}

#[tokio::test]
async fn promotions_are_listed_told_ended_and_made_after_a_look() {
    let desk = desk().await;
    desk.reads(
        "/promotions",
        &["P01", "на чехлы", "скидка 10\u{a0}%"],
        &["promo-"],
    )
    .await;
    desk.reads("/promotions?q=p01", &["P01"], &["P02"]).await;
    desk.reads(
        "/promotions/P01",
        &["группы case", "из группы cases", "promos.json"],
        &["promo-"],
    )
    .await;
    assert_eq!(desk.get("/promotions/none").await.status, 404);
    let end = format!("valid_to=2026-06-01T00:00&{WHY}&key=e1");
    assert_eq!(
        desk.post("/promotions/P01", &end).await.location(),
        "/promotions/P01"
    );
    desk.reads("/promotions/P01", &["до 01.06.2026", "Версия"], &[])
        .await;

    desk.reads(
        "/promotions/new",
        &["Примерить на чеке", "Новая акция"],
        &[],
    )
    .await;
    let form = "promo_id=P99&name=Проба&kind=percent&percent=15&groups=tablet&mode=stack\
        &valid_from=2026-01-01T00:00&store=S00001&at=2026-03-01T10:00&item=100001&quantity=1";
    let unfilled = desk.post("/promotions/new", "step=look&kind=percent").await;
    assert!(
        unfilled.status == 422 && unfilled.body.contains("Нужен процент"),
        "{}",
        unfilled.body
    );
    let seen = desk
        .post("/promotions/new", &format!("{form}&step=look"))
        .await;
    for text in ["скидка 15\u{a0}%", "«Проба»", "К оплате", "Изменения получ"]
    {
        assert!(seen.body.contains(text), "{text}:\n{}", seen.body);
    }
    assert_eq!(
        desk.get("/promotions/P99").await.status,
        404,
        "a look saves nothing"
    );
    let save = format!("{form}&step=save&{WHY}&seen={}&key=w1", seen.hidden("seen"));
    let other = save.replace("percent=15", "percent=51");
    assert_eq!(desk.post("/promotions/new", &other).await.status, 422);
    assert_eq!(
        desk.post("/promotions/new", &save).await.location(),
        "/promotions/P99"
    );
    assert_eq!(
        desk.post("/promotions/new", &save).await.location(),
        "/promotions/P99"
    );
    desk.reads(
        "/promotions/P99",
        &["Проба", "a reason of the tests", "Есть изменения"],
        &[],
    )
    .await;
}

const MATRIX: &str = "item_code,scope,scope_id,carried,valid_from\n\
    100001,format,salon,must,2020-01-01\n100044,format,salon,may,2020-01-01\n100001,cluster,south,not,2020-01-01\n";

#[tokio::test]
async fn the_matrix_shows_groups_and_items() {
    let desk = desk().await;
    desk.reads("/assortment", &["Матрица не задана"], &["<table"])
        .await;
    let path = desk
        .upload("matrix.csv", MATRIX)
        .await
        .location()
        .to_owned();
    let look = desk.get(&path).await;
    let take = format!("{WHY}&step=take&seen={}&key=m1", look.hidden("seen"));
    assert_eq!(desk.post(&path, &take).await.status, 303);
    desk.reads(
        "/assortment",
        &["tablet", "smartphone", "salon", "south", "обязателен"],
        &["carried-"],
    )
    .await;
    desk.reads(
        "/assortment?group=tablet",
        &["/catalog/100001\""],
        &["/catalog/100044\""],
    )
    .await;
}

#[tokio::test]
async fn every_page_fits_the_budget() {
    let desk = desk().await;
    for path in [
        "/catalog",
        "/prices",
        "/promotions",
        "/import",
        "/catalog/100001",
        "/promotions/new",
    ] {
        let page = desk.get(path).await.body;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, page.as_bytes()).unwrap();
        let packed = packed.finish().unwrap().len();
        assert!(packed < 25_000, "{path}: {packed}");
    }
}

#[tokio::test]
async fn a_watched_folder_takes_what_is_clear_and_leaves_the_rest_to_a_person() {
    let desk = desk().await;
    let (data, folder) = (
        desk.demo.folder.path(),
        desk.demo.folder.path().join("drop"),
    );
    std::fs::create_dir(&folder).unwrap();
    let (master, shared) = (desk.demo.master.clone(), desk.demo.shared.clone());
    let mut watched = Watched::new(folder.clone(), master, shared, data);
    let head = "row_id,item_code,price_type,layer,scope_id,amount_rub,valid_from\n";
    let clear = format!("{head}810001,100001,retail,store,S00001,46980,2030-01-01\n");
    let jump = format!("{head}810001,100001,retail,store,S00001,1,2030-01-01\n");
    std::fs::write(folder.join("a.csv"), &clear).unwrap();
    std::fs::write(folder.join("c.csv"), "no table\n").unwrap();
    watched.look().unwrap();
    assert!(folder.join("a.csv").exists(), "it may still grow");
    watched.look().unwrap();
    desk.reads("/catalog/100001", &["46\u{202f}980", "папка обмена"], &[])
        .await;
    std::fs::write(folder.join("b.csv"), &jump).unwrap();
    watched.look().unwrap();
    watched.look().unwrap();
    desk.reads("/import", &["b.csv", "папка обмена"], &["c.csv"])
        .await;
    let names = |place: &str| {
        let files = std::fs::read_dir(folder.join(place)).unwrap();
        let mut names: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .map(|name| name.split_once('-').unwrap().1.to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("done"), ["a.csv", "a.csv.txt", "b.csv", "b.csv.txt"]);
    assert_eq!(names("refused"), ["c.csv", "c.csv.txt"]);
}
