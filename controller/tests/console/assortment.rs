//! The matrix of the assortment changed by form over a real socket, and taken back.

use crate::office::desk;

const WHY: &str = "why=a%20reason%20of%20the%20tests";

#[tokio::test]
async fn items_get_a_role_after_a_look_and_the_change_is_taken_back_whole() {
    let desk = desk().await;
    let path = "/assortment/edit";
    desk.reads(
        path,
        &["Изменить матрицу", "Роль товара"],
        &["carried-", "matrix-"],
    )
    .await;
    let first =
        "items=100001+100044&scope=format&scope_id=salon&carried=must&valid_from=2020-01-01T00:00";
    let wrong = desk
        .post(
            path,
            "items=100001,nothing&scope=format&carried=must&valid_from=x",
        )
        .await;
    assert_eq!(wrong.status, 422);
    for text in ["Таких товаров нет: nothing", "Нужны дата и время"] {
        assert!(wrong.body.contains(text), "{text}\n{}", wrong.body);
    }
    let seen = desk.post(path, first).await;
    assert!(
        seen.status == 200 && seen.body.contains("Это "),
        "{}",
        seen.body
    );
    let save = format!(
        "{first}&step=save&{WHY}&seen={}&key=m1",
        seen.hidden("seen")
    );
    assert_eq!(
        desk.post(path, &save.replace("must", "not")).await.status,
        422,
        "nothing unseen"
    );
    let done = desk.post(path, &save.replace("key=m1", "key=m2")).await;
    assert!(done.location().starts_with("/changes/"), "{}", done.body);
    let link = "/assortment/edit?items=100001&amp;scope=format&amp;scope_id=salon";
    desk.reads(
        "/assortment?rows=items",
        &[link, "обязателен", "Изменить выбранные"],
        &[],
    )
    .await;
    let same = desk.post(path, first).await;
    assert!(
        same.status == 422 && same.body.contains("менять нечего"),
        "{}",
        same.body
    );

    let second = first
        .replace("must", "not")
        .replace("2020-01-01", "2020-03-01");
    let seen = desk.post(path, &second).await;
    let save = format!(
        "{second}&step=save&{WHY}&seen={}&key=m3",
        seen.hidden("seen")
    );
    let change = desk.post(path, &save).await.location().to_owned();
    let table = desk
        .reads(
            "/assortment?rows=items",
            &["class=\"mark\" title=\"нельзя\""],
            &[],
        )
        .await;
    assert!(
        !table.body.contains("title=\"обязателен\""),
        "the former role ended"
    );
    let undone = desk
        .post(&format!("{change}/undo"), &format!("{WHY}&key=u1"))
        .await;
    assert!(undone.location().starts_with("/changes/"));
    desk.reads(
        "/assortment?rows=items",
        &["title=\"обязателен\""],
        &["title=\"нельзя\""],
    )
    .await;
}

#[tokio::test]
async fn a_look_at_a_change_says_for_each_item_which_role_it_gets_where_and_from_when() {
    let desk = desk().await;
    let form =
        "items=100001+100044&scope=format&scope_id=salon&carried=must&valid_from=2020-01-01T00:00";
    let seen = desk.post("/assortment/edit", form).await;
    for text in [
        "/catalog/100001",
        "/catalog/100044",
        "формат",
        "salon",
        "с 01.01.2020",
        "не задана",
        "обязателен",
    ] {
        assert!(seen.body.contains(text), "{text}\n{}", seen.body);
    }
    assert!(!seen.body.contains("строка 1"), "a form has no lines");
}

#[tokio::test]
async fn a_file_of_prices_shows_how_far_they_move() {
    let desk = desk().await;
    let file = "row_id,item_code,price_type,layer,scope_id,amount_rub,valid_from\n\
        810001,100001,retail,store,S00001,1000,2030-01-01\n810002,100001,retail,store,S00002,2000,2030-01-01\n";
    let path = desk.upload("first.csv", file).await.location().to_owned();
    let look = desk.reads(&path, &[], &["id=\"spread\""]).await;
    let take = format!("{WHY}&step=take&seen={}&key=h1", look.hidden("seen"));
    assert_eq!(desk.post(&path, &take).await.status, 303);
    let file = file.replace(",1000,", ",400,").replace(",2000,", ",2100,");
    let path = desk.upload("second.csv", &file).await.location().to_owned();
    let present = [
        "Как меняются цены",
        "50,0\u{a0}%",
        "2 строки",
        "≤\u{a0}−50\u{a0}%",
    ];
    let page = desk.reads(&path, &present, &["spread-"]).await;
    assert_eq!(page.body.matches("<rect width=\"100\"").count(), 2);
}
