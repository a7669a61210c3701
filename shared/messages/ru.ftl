# Касса: отказы и следующий шаг.
till-key-reused = Этот ключ уже использован для другого запроса
till-key-reused-next = Создайте для нового запроса новый ключ Idempotency-Key.
till-key-missing = Нет ключа Idempotency-Key
till-key-missing-next = Пришлите заголовок Idempotency-Key: один ключ на один чек, при повторе тот же.
till-shift-closed = Смена закрыта
till-shift-closed-next = Откройте смену и повторите.
till-shift-open = Смена уже открыта
till-shift-open-next = Продолжайте работу или закройте смену.
till-no-lines = В документе нет строк
till-no-lines-next = Добавьте хотя бы одну строку.
till-too-many-lines = Слишком много строк
till-too-many-lines-next = Разделите покупку на два чека.
till-too-large = Документ слишком большой
till-too-large-next = Разделите его на два.
till-quantity = Количество должно быть больше нуля
till-quantity-next = Исправьте количество в указанной строке или уберите её.
till-amount = Неверная сумма строки
till-amount-next = Суммы не бывают отрицательными, а скидка больше строки. Исправьте строку.
till-out-of-range = Сумма или количество вне допустимых пределов
till-out-of-range-next = Проверьте единицы: деньги в копейках, количество в тысячных.
till-text = Текст пуст или слишком длинный
till-text-next = Введите от 1 до 200 байт.
till-serial-quantity = Серийный номер относится ровно к одной штуке
till-serial-quantity-next = Разбейте строку: по одной штуке на номер.
till-unbalanced = Оплата не равна сумме чека
till-unbalanced-next = Проверьте суммы оплат: вместе они дают итог чека без сдачи.
till-origin-unknown = Чек продажи в журнале не найден
till-origin-unknown-next = Проверьте номер или оформите возврат без чека с причиной.
till-too-much-returned = Возвращается больше, чем продано
till-too-much-returned-next = Уменьшите количество: часть уже возвращена.
till-coupon-used = Этот купон уже использован
till-coupon-used-next = Уберите код и пересчитайте чек: именной купон действует один раз.
till-staff-refused = Номер и ПИН не подходят друг к другу
till-staff-refused-next = Введите их ещё раз. ПИН тому, у кого его нет, даёт офис.
till-staff-locked = Слишком много неверных ПИН
till-staff-locked-next = Подождите минуту и повторите или пусть войдёт другой сотрудник.
till-business-time = Время операции принимает только учебное место
till-business-time-next = Уберите business_time: касса поставит своё время.
till-incomplete = Прошлое этого места ещё не восстановлено
till-incomplete-next = Дождитесь связи с центром или позвоните в поддержку.
till-shelf-says = На ценнике { $shelf }, на кассе { $till }: ценник устарел, перепечатайте его
till-malformed = Запрос не прочитан
till-malformed-next = Исправьте указанное место и повторите.
till-stopping = Агент останавливается
till-stopping-next = Повторите через несколько секунд с тем же ключом.
till-host = Обращение не по имени кассы
till-host-next = Обращайтесь к 127.0.0.1 с портом кассы.
till-origin = Страница чужого сайта не может управлять кассой
till-origin-next = Закройте эту страницу и сообщите в поддержку.
till-token = Нет допуска к кассе
till-token-next = Пришлите Authorization: Bearer с ключом из файла till.token.
till-json-only = Принимается только JSON
till-json-only-next = Пришлите Content-Type: application/json.
till-no-such-call = Такого вызова нет
till-no-such-call-next = Список вызовов есть в описании API кассы.

# Консоль: общее.
stores-count = { $count ->
    [one] { $count } магазин
    [few] { $count } магазина
   *[many] { $count } магазинов
}

# Консоль: рамка страницы.
skip-to-content = К содержанию
nav-label = Разделы
nav-fleet = Сеть
nav-alerts = Оповещения
nav-stores = Магазины
theme-system = Как в системе
theme-light = Светлая
theme-dark = Тёмная
live-still = Данные на { $value }
live-on = Живые данные
live-late = Обновлено # с назад
live-lost = Связь потеряна
network-clock = МСК { $value }
network-time = { $value } МСК

# Консоль: время.
age-seconds = { $value } с
age-minutes = { $value } мин
age-hours = { $value } ч
age-days = { $value } дн.
ago = { $value } назад
since = с

# Консоль: состояния.
status-ok = Работает
status-warn = Замечание
status-bad = Сбой
status-off = Нет связи
status-new = Не подключён
status-ok-many = Работают
status-warn-many = Есть замечания
status-bad-many = Сбой
status-off-many = Нет связи
status-new-many = Не подключены
never-heard = ещё не было
never-heard-next = Место создано, но агент ещё не выходил на связь. Установите агента на кассу и введите код подключения.

# Консоль: сеть.
stores-shown = { $count ->
    [one] { $value } магазин
    [few] { $value } магазина
   *[many] { $value } магазинов
}
workplaces-shown = { $count ->
    [one] { $value } касса
    [few] { $value } кассы
   *[many] { $value } касс
}
counters-label = Магазины по состоянию
receipts = Чеки
receipts-of = Чеки за { $value }
receipts-none = продаж ещё не было
view-label = Вид
view-map = Карта
view-list = Список
map-help = Карта магазинов. Стрелки выбирают магазин, Enter открывает. То же самое таблицей: Список.
list-all = Все магазины
list-empty = В этом состоянии нет ни одного магазина.
filter-reset = Сбросить фильтр
page-first = В начало
page-next = Дальше
col-store = Магазин
col-tills = Касс
col-status = Состояние
col-seen = Последний сигнал
col-backlog = Очередь
col-receipts = Чеки
col-tags = Неверные ценники
col-version = Версия
for-day = за { $value }
fleet-empty = Магазинов пока нет
fleet-empty-next = Создайте код подключения для первой кассы и введите его при установке агента:

# Консоль: оповещения.
attention = Требует внимания
attention-all = Все
attention-none = Всё спокойно: открытых оповещений нет.
alerts-subtitle = новые сверху
alerts-none = Всё спокойно: открытых оповещений нет.
alerts-more = И ещё { $value }: они видны на страницах магазинов.
network-silent = Молчит больше половины сети: { $value } из { $other }
network-silent-next = Сначала проверьте канал самого центра: магазины могут продавать без связи.
evidence = Что видно
alarm-clone = Два компьютера под одним именем
alarm-clone-next = Выясните, какой из двух настоящий. Второй выключите, его сертификат отзовите.
alarm-gap = В журнале не хватает записей
alarm-gap-next = Дождитесь повтора: касса пришлёт их снова. Если за час не пришли, позвоните в магазин и снимите журнал.
alarm-damage = Журнал был повреждён
alarm-damage-next = Касса продаёт с новым журналом. Проверьте диск и заберите отложенные файлы.
alarm-held = Журнал не продолжает прежний
alarm-held-next = Записи сохранены отдельно. Сравните их с прежними и решите, чему верить.
alarm-refused = Пачка записей отклонена
alarm-refused-next = Проверьте подпись и версию агента. Записи остались на кассе.
alarm-behind-centre = Центр знает больше, чем диск кассы
alarm-behind-centre-next = Диск потерял записи. Замените диск: касса продаёт с новым журналом.
alarm-quarantine = Записи снятого компьютера ждут решения
alarm-quarantine-next = Посмотрите, что в них, затем примите или отклоните: принятое магазин проведёт у себя.
alarm-clock = Часы кассы расходятся с центром
alarm-clock-next = Проверьте дату и время на кассе и службу точного времени.
alarm-serial-conflict = Серийный номер продан дважды
alarm-serial-conflict-next = Найдите оба чека и проверьте товар в магазине.
alarm-coupon-twice = Именной купон использован дважды
alarm-coupon-twice-next = Сравните оба чека; если магазин принимает такие коды снова и снова, поговорите с кассирами.
alarm-unknown = Оповещение новой версии, код { $value }
alarm-unknown-next = Обновите центр: эта версия не знает такого кода.

# Консоль: магазин.
training = Учебное место
local-time = Местное время
local-time-unknown = Местное время неизвестно: карточки магазина ещё нет
sells-never = Ни одна касса ещё не подключалась
sells-closed = Открытых смен нет
sells-unknown = Связи нет; магазин может продавать без неё
sells-all = { $count ->
    [one] Касса продаёт
   *[other] Продают все кассы: { $value }
}
sells-some = Продаёт касса { $value } из { $other }
till = Касса { $value }
values-as-of = значения на { $value }
fig-signal = Последний сигнал
fig-backlog = Очередь выгрузки
fig-manifest = Данные офиса
manifest-waits = не последние
manifest-waits-more = офис подписал новее; касса просит их сама
fig-tags = Неверные ценники
tags-more = снять { $value }, нет ценника: { $other }
fig-documents = Документы офиса
documents-wait = в пути
documents-wait-more = касса проведёт их, как только будет на связи
fig-watermark = Принято центром
fig-clock = Часы кассы
fig-version = Версия агента
at-least = не меньше { $value }
backlog-none = всё отправлено
backlog-unknown = что накопилось без связи, неизвестно
backlog-untold = возраст ещё не сообщён
backlog-oldest = старшей записи { $value }
watermark-more = цепочка / запись
clock-against = против часов центра
not-told-yet = агент ещё не сообщил
shift-open = смена открыта
shift-closed = смена закрыта
journal = Журнал
journal-times = слева МСК, рядом местное
journal-empty = Записей ещё нет.
journal-failed = Журнал не прочитан. Остальное на странице верно.
retry = Повторить
journal-shown = { $count ->
    [one] показана { $value } последняя запись
    [few] показаны { $value } последние записи
   *[many] показаны { $value } последних записей
}
held = ждёт решения
store-no-alarms = Оповещений нет.
store-unknown = Такого магазина нет
store-unknown-next = Проверьте код: это буквы и цифры, как на табличке у двери.
store-unknown-list = Все магазины

# Консоль: записи журнала.
fact-genesis-enrolled = Журнал начат: касса подключена
fact-genesis-damaged = Новый журнал: прежний повреждён
fact-genesis-behind = Новый журнал: диск потерял записи
fact-genesis-other = Новый журнал
fact-brought-forward = Перенос остатков: часть
fact-brought-forward-end = Остатки перенесены, частей: { $value }
fact-started = Агент запущен, версия { $value }
fact-started-torn = Агент запущен после сбоя, версия { $value }; отложено байт: { $other }
fact-shift-opened = Смена № { $value } открыта, в кассе { $other }
fact-shift-closed = Смена № { $value } закрыта: { $other }
fact-shift-odd = расхождение наличных { $value }
fact-sale = Чек № { $value } на { $other }
fact-return = Возврат № { $value } на { $other }
fact-cash-in = Внесено { $value }: { $other }
fact-cash-out = Изъято { $value }: { $other }
fact-writeoff = { $count ->
    [one] Списание, { $value } строка
    [few] Списание, { $value } строки
   *[many] Списание, { $value } строк
}
fact-adopted = { $count ->
    [one] Принята { $value } запись снятого компьютера
    [few] Приняты { $value } записи снятого компьютера
   *[many] Принято { $value } записей снятого компьютера
}
fact-stock-booked = { $count ->
    [one] Остатки от офиса, { $value } строка
    [few] Остатки от офиса, { $value } строки
   *[many] Остатки от офиса, { $value } строк
}
fact-pricetag-printed = { $count ->
    [one] Напечатан { $value } ценник
    [few] Напечатано { $value } ценника
   *[many] Напечатано { $value } ценников
}
fact-dataset-applied = { $count ->
    [one] Данные обновлены: { $value } слой
    [few] Данные обновлены: { $value } слоя
   *[many] Данные обновлены: { $value } слоёв
}
fact-dataset-rejected = Данные не приняты, в продаже прежние: { $value }
fact-dataset-repaired = { $count ->
    [one] Данные на диске были повреждены и исправлены, { $value } участок
    [few] Данные на диске были повреждены и исправлены, { $value } участка
   *[many] Данные на диске были повреждены и исправлены, { $value } участков
}
fact-dataset-repaired-whole = Данные на диске были повреждены и получены заново: { $value }
fact-unknown = Запись новой версии: { $value }
receipts-count = { $count ->
    [one] { $value } чек
    [few] { $value } чека
   *[many] { $value } чеков
}
pay-cash = наличные
pay-card = карта
pay-credit = кредит
pay-certificate = сертификат
pay-prepayment = предоплата
pay-other = оплата вида { $value }
pay-none = без оплаты

# Консоль: вход.
closed-title = Консоль закрыта
closed-no-cookie = Этот браузер ещё не открывал консоль.
closed-used = Ссылка уже использована или неверна.
closed-next = Возьмите новую одноразовую ссылку: центр при запуске пишет её в файл console.link своей папки данных.
nowhere-title = Такой страницы нет
nowhere-next = Начните с адреса /fleet.

# Проверка машины: что видно и что делать.
doctor-settings-ok = Настройки читаются: { $count }
doctor-settings-refused = Настройки не читаются: { $error }
doctor-settings-refused-next = Исправьте указанное место и повторите.
doctor-user-ok = Пользователь системы: { $user }
doctor-user-other = Проверку запустил { $user }, а папка данных принадлежит { $owner }
doctor-user-other-next = Запустите проверку от имени { $owner }: иначе она видит не то, что агент.
doctor-data-ok = Папка данных доступна для записи: { $folder }
doctor-data-missing = Нет папки данных { $folder }
doctor-data-missing-next = Создайте её и отдайте пользователю агента или исправьте настройку data.
doctor-data-refused = В папку данных { $folder } нельзя писать: { $error }
doctor-data-refused-next = Проверьте владельца папки и диск.
doctor-space-ok = Свободно на диске: { $mib } МиБ
doctor-space-little = На диске осталось мало места: { $mib } МиБ
doctor-space-little-next = Освободите место в ближайшие дни.
doctor-space-none = На диске нет места: { $mib } МиБ
doctor-space-none-next = Освободите место сейчас: без него касса не продаст.
doctor-sync-ok = Диск записывает за { $ms } мс
doctor-sync-slow = Диск записывает медленно: { $ms } мс
doctor-sync-slow-next = Каждый чек ждёт одну запись; поставьте диск SSD.
doctor-identity-ok = Рабочее место: { $workplace }
doctor-identity-none = Машина не подключена к сети магазинов
doctor-identity-none-next = Получите в офисе код и выполните: storefleet-agent enrol --server … --workplace … --code …
doctor-identity-damaged = Файлы рабочего места повреждены: { $error }
doctor-identity-damaged-next = Сохраните папку данных и позвоните в поддержку.
doctor-certificate-ok = Сертификат действует до { $until }
doctor-certificate-due = Сертификат действует до { $until }, пора его продлить
doctor-certificate-due-next = Агент продлит его сам, когда есть связь; если завтра строка останется, позвоните в офис.
doctor-certificate-ended = Сертификат закончился { $until }
doctor-certificate-ended-next = Проверьте часы и связь: работающий агент продлит его сам, иначе позвоните в офис.
doctor-clock-ok = Часы верны: { $now }, разница с центром { $seconds } с
doctor-clock-alone = Часы: { $now }, с центром не сверены
doctor-clock-off = Часы { $now } расходятся с центром на { $seconds } с
doctor-clock-off-next = Включите синхронизацию времени и проверьте часовой пояс.
doctor-clock-early = Часы { $now } отстают: сертификат выдан { $since }
doctor-clock-early-next = Поставьте верное время; если оно сбивается снова, замените батарейку на плате.
doctor-journal-ok = Журнал читается: эпоха { $epoch }, записей { $entries }
doctor-journal-none = Журнала ещё нет: он появится при первом запуске
doctor-journal-damaged = Журнал не читается: { $error }
doctor-journal-damaged-next = Ничего не удаляйте: агент продолжит в новой эпохе, поддержка разберёт старую.
doctor-writer-held = Журнал пишет { $who }
doctor-writer-nobody = Агент не запущен: журнал никто не пишет
doctor-state-ok = Файл состояния читается
doctor-state-none = Файла состояния ещё нет
doctor-state-held = Файл состояния занят работающим агентом
doctor-state-unreadable = Файл состояния не читается: { $error }
doctor-state-unreadable-next = Делать ничего не надо: агент восстановит его из журнала при запуске.
doctor-gate-ok = Центр { $gate } принял сертификат этой машины
doctor-gate-none = Адрес центра неизвестен
doctor-gate-none-next = Укажите его в настройке link.brokers.
doctor-gate-no-name = Имя центра { $gate } не находится: { $error }
doctor-gate-no-name-next = Проверьте кабель, интернет и DNS, потом имя в настройке link.brokers.
doctor-gate-no-connection = Нет соединения с { $gate }: { $error }
doctor-gate-no-connection-next = Откройте этот порт наружу на роутере; если он открыт, спросите офис, работает ли центр.
doctor-gate-no-tls = С { $gate } не удаётся договориться о шифровании: { $error }
doctor-gate-no-tls-next = Проверьте часы и что связь не проходит через подменяющий прокси.
doctor-gate-not-accepted = Центр { $gate } не принял сертификат этой машины: { $error }
doctor-gate-not-accepted-next = Спросите офис, не отозвано ли и не заменено ли это рабочее место.
doctor-till-any = Порт кассы выберет агент при запуске
doctor-till-free = Порт кассы { $port } свободен
doctor-till-ours = Порт кассы { $port } занят нашим агентом
doctor-till-taken = Порт кассы { $port } занят другой программой
doctor-till-taken-next = Остановите её или смените настройку till.port.

# Сколько стоит корзина и почему.
price-cart = { $cart }, { $moment } по часам магазина
price-repriced = Чек открыт дольше часа: цены взяты на текущий момент
price-line = { $line }. { $item } × { $quantity }: { $gross }
price-base = Цена { $price }: строка { $row }, { $layer }, «{ $type }»
price-layer-network = прайс сети
price-layer-region = прайс региона
price-layer-dealer = прайс дилера
price-layer-store = прайс магазина
price-bound-min = поднята с { $listed } до наименьшей разрешённой
price-bound-max = снижена с { $listed } до наибольшей разрешённой
price-bound-alarm = границы дилера противоречат границам сети: действуют только границы сети
price-loser-not-locked = строка { $row } уступила закреплённой
price-loser-lower-lock = строка { $row } уступила: закреплён прайс шире
price-loser-less-specific = строка { $row } уступила более узкому прайсу
price-loser-rank = строка { $row } уступила по рангу
price-loser-valid-from = строка { $row } уступила начавшейся позже
price-loser-revision = строка { $row } уступила новой редакции
price-loser-row-id = строка { $row } уступила более ранней такой же
price-reduction = { $amount } { $promotion }
price-coupon = купон { $value }
price-certificate = сертификат { $value }
price-by-hand = вручную, запись { $value }
price-clamp-total = не больше: сумма акции исчерпана
price-clamp-floor-network = не больше: наименьшая цена сети
price-clamp-floor-dealer = не больше: наименьшая цена дилера
price-clamp-floor-region = не больше: наименьшая цена региона
price-clamp-floor-store = не больше: наименьшая цена магазина
price-clamp-floor-cost = не больше: не ниже себестоимости
price-clamp-dealer-limit = не больше: ограничение сети для дилера
price-clamp-zero = не больше: ничего не осталось
price-net = К оплате { $net }, НДС { $rate } { $vat }
price-total = Итого { $net }: { $gross } минус { $reduction }
price-world = Действует только { $promotion }: это дешевле всего остального вместе
price-lost-group = { $promotion } дала бы { $benefit }; { $other } даёт больше: { $best }
price-lost-world = { $promotion } действует только одна, а { $other } дешевле
price-lost-together = { $promotion } действует только одна, а всё остальное вместе дешевле
price-lost-not-allowed = { $promotion }: сеть не разрешает дилеру такую акцию
price-offer = Подарок по акции { $promotion }: его ещё нет в корзине
price-points-used = Списано баллов: { $value }
price-points-earned = Начислено баллов: { $value }, доступны с { $day }
price-refused-line = Строка { $ref } не продаётся: { $why }
price-refused-coupon = Купон { $ref } ничего не даёт: { $why }
price-refused-manual = Ручная скидка { $ref } отклонена: { $why }
price-why-line-unknown-item = товара нет в каталоге
price-why-line-bad-qty = количество должно быть больше 0
price-why-line-serial-qty = товар с серийным номером продаётся по одному в строке
price-why-line-no-serial = отсканируйте серийный номер
price-why-line-no-price = у товара нет цены; спросите офис
price-why-line-no-tax-rate = у товара нет ставки НДС; спросите офис
price-why-coupon-duplicate = код предъявлен дважды
price-why-coupon-unknown = ни одна действующая акция не знает этот код
price-why-coupon-bad-tag = код набран неверно или подделан
price-why-coupon-expired = срок истёк
price-why-coupon-used = уже использован
price-why-coupon-limit = больше кодов не действует в одном чеке
price-why-coupon-no-effect = в корзине нет подходящего; купон не погашен
price-why-manual-not-allowed = нет правила, которое её разрешает
price-why-manual-no-reason = укажите причину
price-why-manual-repeated = на строке уже есть ручная скидка
price-why-manual-over-limit = больше, чем разрешает правило
price-why-manual-needs-token = нужно разрешение старшего

till-data-unreadable = Данные магазина не читаются с диска
till-data-unreadable-next = Перезапустите программу магазина; если не помогло, позвоните в поддержку: диск может быть неисправен.
till-no-prices = Цен ещё нет: данные магазина не получены
till-no-prices-next = Проверьте связь с офисом; продажа по товару начнётся, когда придут данные.
till-no-such-item = Такого товара нет
till-no-such-item-next = Проверьте код; новый товар появится, когда придут данные офиса.
till-cart-refused = В чеке есть строка, которую нельзя продать
till-cart-refused-next = Причина каждой строки — в подробностях; уберите строку или исправьте её.
till-item-stopped = Офис остановил продажу этого товара
till-item-stopped-next = Уберите товар из чека; причина — в подробностях. Отложите его и спросите офис.
till-price-changed = Цена изменилась с тех пор, как её назвали покупателю
till-price-changed-next = Покажите покупателю новую сумму и продайте по ней.
# Импорт: файл целиком
import-unreadable = Файл не читается: { $value }. Проверьте носитель и повторите
import-empty = Файл пуст. Выгрузите его ещё раз
import-too-large = В файле { $place } байт, больше { $value }. Разделите его на части
import-bomb = { $place }: распаковывается больше чем в { $value } байт. Это не таблица; пришлите обычный файл
import-too-many-rows = Строка { $place }: в файле больше { $value } строк. Разделите его на части
import-too-many-refused = Непригодных строк больше { $place }: не подходит сам файл. Первая из них: { $value }
import-truncated = { $place }: файл обрывается. Пришлите его ещё раз целиком
import-damaged = { $place }: файл повреждён ({ $value }). Пришлите его ещё раз
import-kind = Файл — { $value }. Сохраните его как XLSX, CSV или CommerceML
import-no-heading = Среди первых строк нет заголовков столбцов; найдено: { $value }. Добавьте строку заголовков, например item_code или «Артикул»
import-ambiguous = Столбцы подходят таблицам { $value }. Укажите, какая это таблица
import-doctype = Строка { $place }: в файле объявлен тип документа (DOCTYPE). Уберите его
import-not-commerceml = Строка { $place }: корень — «{ $value }», а не «КоммерческаяИнформация». Выгрузите файл как CommerceML 2

# Импорт: строка
import-cell-refused = Строка { $line }, { $column }: «{ $value }» — { $rule }
import-row-refused = Строка { $line }: «{ $value }» — { $rule }
row-cells = ячеек не столько, сколько столбцов ({ $value }); проверьте разделители и кавычки
row-twice = строка с этим ключом стоит ещё раз и говорит другое (строки { $value }); оставьте одну
cell-needed = нужно заполнить
cell-text = не длиннее 2000 байт и без непечатаемых знаков
cell-number = нужно целое число в допустимых пределах
cell-quantity = нужно количество, 0 или больше, не более трёх знаков после запятой, например 12 или 0,5
cell-kopecks = нужны целые копейки, 0 или больше, например 149000
cell-roubles = нужны рубли не точнее копейки, например 1490,50
cell-one-unit = нужна 1: строка — об одной вещи с этим серийным номером
serial-needed = нужен: этот товар учитывается по серийным номерам, строка на каждую вещь
serial-none = должно быть пусто: этот товар учитывается только количеством
serial-imei = это не IMEI: в нём 15 цифр, и они не все одинаковые
serial-imei-digit = это не IMEI: последняя цифра этого номера должна быть { $value }
serial-iccid = это не ICCID: в нём от 18 до 20 цифр, он начинается с 89 и кончается контрольной цифрой
serial-twice = стоит ещё раз (строки { $value }); вещь лежит в одном месте, оставьте одну строку
cell-flag = нужно 1 или 0, «да» или «нет»
cell-local-time = нужно время магазина без пояса, например 2026-01-31T00:00:00 или 31.01.2026
cell-date = нужна дата, например 2026-01-31 или 31.01.2026
cell-day-time = нужно время суток от 00:00 до 24:00
cell-decimal = нужно десятичное число, например 55.75222
cell-after-beginning = должно быть позже начала
cell-one-of = нужно одно из: { $value }
cell-scope = для сети нужна *, для остальных — название
cell-one-scope = должно быть пусто: место работы уже названо
cell-check-digit = не сходится контрольная цифра { $value }; проверьте номер
cell-pin = должен быть ПИН из 4–12 цифр
cell-definition = { $value }
cell-excel-error = ошибка формулы в таблице; исправьте её и сохраните файл
cell-excel-date = таблица превратила код в дату; задайте столбцу текстовый формат и введите код заново
cell-exponent = таблица округлила номер; задайте столбцу текстовый формат и введите номер заново
cml-document = заказы и документы сюда не загружаются
cml-partner = контрагенты сюда не загружаются
cml-no-id = нет «Ид»; выгрузите файл с идентификаторами
cml-no-table = для этого нет таблицы
cml-stock = только остатки; остатки ведут журналы магазинов
cml-offer-empty = нет ни цен, ни характеристики с названием
cml-price-type = тип цены неизвестен; сопоставьте его с типом цен сети
cml-without-vat = цена без НДС; выгрузите цены с НДС
cml-currency = валюта не рубль; выгрузите цены в рублях
cml-coefficient = цена не за одну единицу; выгрузите цену за единицу

# Импорт: что ждёт человека
hold-price-jump = Строка { $line }, { $key }: цена меняется с { $other } на { $value }, больше чем на 30 %. Подтвердите её
hold-below-cost = Строка { $line }, { $key }: цена { $value } ниже себестоимости { $other }. Подтвердите её
hold-barcode = Строка { $line }, { $key }: штрихкод { $value } уже у товара { $other }. Оставьте его у одного
hold-vat-class = Строка { $line }, { $key }: класс НДС меняется с { $other } на { $value }. Подтвердите его
hold-zeros-lost = Строка { $line }, { $key }: есть товар { $value }. Не потеряны ли нули в начале кода?
hold-unit-elsewhere = Строка { $line }, { $key }: вещь { $value } уже числится в остатке { $other }. Сначала снимите её там или исправьте номер
hold-unknown = Строка { $line }, { $key }: «{ $value }» нет в таблице «{ $other }». Загрузите его сначала или исправьте код
hold-removals = { $key }: удаляется { $value } из { $other } записей, больше десятой части. Подтвердите удаление
hold-errors = Не приняты { $value } из { $other } строк, больше 2 %. Исправьте файл или подтвердите остальное
hold-only-changes = Файл называет себя изменениями, а загружается как полный. Загрузите его как изменения

# Консоль: справочники, общее
nav-catalog = Каталог
nav-prices = Цены
nav-promotions = Акции
nav-assortment = Ассортимент
nav-import = Загрузка файлов
nav-charge = Сколько на кассе
person-hint = Это имя стоит в журнале рядом с вашими изменениями
missing-title = Ничего не найдено
missing-next = Проверьте адрес: такой записи нет и не было.
refused-title = Изменение не принято
refused-next = Ничего не изменилось. Вернитесь назад и проверьте, что стоит сейчас.
failed-title = Страницу не удалось собрать
failed-next = Данные центра не читаются. Повторите; если не помогло, позвоните администратору.
changed-since = Записи этого изменения ({ $value }) с тех пор менялись ещё раз; сначала отмените более поздние.
fault-title = Форма заполнена не до конца
fault-why = Укажите причину: от 10 до 500 знаков.
fault-time = Нужны дата и время, например 2026-03-01T10:00.
fault-same = Так уже и стоит: менять нечего.
fault-moved = Пока вы смотрели, данные изменились. Посмотрите ещё раз и подтвердите снова.
fault-typed = Введите число магазинов точно как показано.
why-label = Причина
why-hint = Например: новый прайс поставщика от 28 ноября
find = Найти
show = Показать
look = Посмотреть, что изменится
change = Изменить
save = Сохранить
save-held = Подтвердить и сохранить
save-hint = На кассы это попадёт только после публикации.
cancel = Отмена
filter-any = все
what = Что
was = Было
becomes = Станет
difference = Разница
where = Где
when = Когда действует
line-number = строка { $value }
span-from-to = с { $value } до { $other }
span-from = с { $value }
reach-network = вся сеть
reach-region = регион { $value }
reach-dealer = дилер { $value }
reach-store = магазин { $value }
layer-network = сеть
layer-region = регион
layer-dealer = дилер
layer-store = магазин
standing-now = действует
standing-planned = впереди
standing-over = закончилась
actor-cli = командная строка
actor-folder = папка обмена
source-edit = вручную
source-import = файл «{ $value }»
source-undo = отмена изменения { $value }
source-api = программа
source-other = источник новой версии
history = История
history-came = новая запись:
history-went = запись удалена:
history-changed = запись изменена
history-older = Показаны последние 50 изменений.
change-number = изменение { $value }
rows-count = { $count ->
    [one] { $value } запись
    [few] { $value } записи
   *[many] { $value } записей
}
table-items = Товар
table-prices = Цена
table-corridors = Границы цены
table-dealers = Дилер
table-stores = Магазин
table-price_types = Тип цены
table-taxes = Ставка НДС
table-staff = Сотрудник
table-legal_entities = Юрлицо
table-matrix = Матрица
table-stop_list = Стоп-лист
table-roles = Роль
table-opening_stock = Начальные остатки
table-promotions = Акция
table-dealer_limits = Ограничение дилеров
table-secrets = Ключ
column-item_code = Артикул
column-barcode = Штрихкод
column-kind = Вид
column-group = Группа
column-brand = Марка
column-name = Название
column-model = Модель
column-unit = Единица
column-tracking = Учёт экземпляров
column-tac = TAC (начало IMEI)
column-vat = НДС
column-base_price_kop = Цена поставщика
column-price_fixed_by_vendor = Цена закреплена поставщиком
column-marking = Маркировка
column-warranty_months = Гарантия
column-price_type = Тип цены
column-layer = Уровень
column-scope_id = Чей уровень
column-amount_kop = Цена
column-amount_rub = Цена, ₽
column-valid_from = Действует с
column-valid_to = Действует до
column-rank = Ранг
column-lock = Закреплена
column-revision = Редакция
column-row_id = Строка прайса
column-store_id = Магазин
column-owner = Владелец
column-serial = Серийный номер
column-quantity = Количество
column-dealer_id = Дилер
column-promo_id = Код акции
column-definition = Условия
column-carried = В матрице
column-scope = Охват
column-min_kop = Не ниже
column-max_kop = Не выше
column-floor_kop = Порог скидок
column-staff_id = Табельный номер
column-role = Роль
column-pin = ПИН
column-active = Работает
column-discount_ppm = Ручная скидка, миллионные
column-approves_ppm = Может разрешить, миллионные
kind-goods = товар
kind-sim = SIM-карта
kind-service = услуга
kind-payment = платёж
kind-tariff = тариф
kind-bundle = комплект
kind-other = вид новой версии
tracking-none = нет
tracking-imei = по IMEI
tracking-iccid = по ICCID
flag-0 = нет
flag-1 = да
carried-must = обязателен
carried-may = можно
carried-not = нельзя
warranty-none = нет
warranty-months = { $value } мес.

# Консоль: каталог
items-count = { $count ->
    [one] { $value } товар
    [few] { $value } товара
   *[many] { $value } товаров
}
catalog-search = Название, артикул или штрихкод
catalog-no-match = Ничего не подходит под фильтр.
catalog-empty = Каталог пуст: товаров ещё не загружали.
catalog-empty-next = Загрузить файл
price-network-now = Цена сети сейчас
price-reaches = Уровней с ценой
prices-by-layer = Цены по уровням
prices-none = У товара нет ни одной цены: касса его не продаст.
price-new = Новая цена
price-locked = закреплена
price-form-title = Цена вручную
scope-hint = код региона, дилера или магазина; для сети пусто
wall-hint = Время — местное время каждого магазина: 00:00 наступает на Камчатке на девять часов раньше, чем в Москве.
item-attributes = Свойства
item-gone = Товара сейчас нет в каталоге.
other-times = Как было раньше
as-of-label = Дата и время (МСК)
as-of-note = Показано, как данные стояли на { $value } МСК.
as-of-now = Показать, как сейчас

# Консоль: изменение
change-rows = Что изменилось
undo-title = Отменить изменение
undo-reach = { $count ->
    [one] Вернётся прежнее состояние { $value } записи.
    [few] Вернётся прежнее состояние { $value } записей.
   *[many] Вернётся прежнее состояние { $value } записей.
}
undo-since = { $count ->
    [one] Отменить целиком нельзя: { $value } запись с тех пор менялась ещё раз.
    [few] Отменить целиком нельзя: { $value } записи с тех пор менялись ещё раз.
   *[many] Отменить целиком нельзя: { $value } записей с тех пор менялись ещё раз.
}
undo-do = Отменить изменение

# Консоль: что изменится
preview-title = Что изменится
preview-changed = изменится
preview-added = новых
preview-removed = будет снято
preview-same = без изменений
preview-holds = ждёт решения
preview-refused = ошибки, не войдут
preview-nothing = Ничего не меняется.
holds-title = Посмотрите и подтвердите
holds-more = Это первые двадцать; остальные отмечены в таблице.
row-held = Проверьте
row-new = Новая
row-removed = Снята
row-changed = Изменена

# Консоль: публикация
unpublished = Есть изменения, которых ещё нет на кассах.
unpublished-next = Опубликовать…
publish-nothing = Всё опубликовано: на кассы уходит то же, что стоит здесь.
publish-what = Что уйдёт на кассы
publish-records = Записей
publish-more = Показаны первые 50 из { $value }.
publish-reach = { $count ->
    [one] Изменения получит { $value } магазин.
    [few] Изменения получат { $value } магазина.
   *[many] Изменения получат { $value } магазинов.
}
publish-type = Магазинов больше пятидесяти: введите их число, { $value }.
publish-typed = Число магазинов
dataset-goods = Товары и штрихкоды
dataset-prices = Цены и их границы
dataset-offers = Акции
dataset-rules = Налоги, типы цен, ограничения
dataset-shop = Карточка магазина

# Консоль: загрузка файлов
fault-file = Выберите файл.
import-subtitle = CSV, XLSX, CommerceML
import-send = Загрузить файл
import-file = Файл поставщика или выгрузка учётной программы
import-whole = Это вся таблица целиком: чего в файле нет, того больше нет
import-hint = Сначала вы увидите, что изменится. До подтверждения не меняется ничего.
import-waiting = Ждут решения
import-waiting-none = Файлов, ждущих решения, нет.
quarantine-title = Не принятые строки
quarantine-none = Не принятых строк нет.
rows-refused = { $count ->
    [one] { $value } строка не принята
    [few] { $value } строки не приняты
   *[many] { $value } строк не принято
}
changes-lately = Последние изменения
changes-none = Изменений ещё не было.
changes-when = Когда
changes-who = Кто
import-done = Файл принят:
import-whole-fault = Файл не подходит целиком, из него не взято ничего.
preview-order = сначала самые большие скачки цен
shown-of = показано { $value } из { $other }
refused-rows = Строки с ошибками
refused-download = Скачать ошибки
refused-note = Эти строки не войдут. После загрузки остального их можно исправить в «Не принятых строках» и пропустить ещё раз.
refused-line = Строка
refused-column = Столбец
refused-value = Значение
refused-reason = Что нужно
refused-still = Всё ещё не подходит
refused-back = Исправить ещё
refused-mend = исправьте значения прямо здесь
refused-run = Проверить исправленное
refused-drop = Выбросить строку
import-same = Файл говорит то же, что уже стоит.
import-holds = Подтверждая, вы соглашаетесь и со строками, отмеченными «Проверьте».
import-refused-stay = Строки с ошибками останутся в списке не принятых.
import-take = { $count ->
    [one] Принять { $value } изменение
    [few] Принять { $value } изменения
   *[many] Принять { $value } изменений
}
import-drop = Отменить загрузку

# Консоль: сколько на кассе
charge-subtitle = тот же расчёт, что на кассе
charge-empty = Назовите магазин, время и товары: здесь будет сумма чека и откуда она взялась.
charge-store = Магазин
charge-at = Дата и время по часам магазина
charge-lines = Товары
charge-item = артикул или штрихкод
charge-quantity = Количество
charge-coupon = Купоны, через пробел
charge-payment = Оплата
charge-level = Уровень карты
charge-basis = Данные
charge-do = Посчитать
payment-cash = наличные
payment-card = карта
payment-credit = кредит
basis-published = как на кассах
basis-draft = с неопубликованным
charge-total = К оплате
charge-gross = Без скидок
charge-reduction = Скидки
charge-net = Итог строки
charge-refused = Не всё продаётся так, как вы написали
charge-sentences = То же словами
charge-origin = Откуда цена
charge-network = Базовый прайс сети
charge-region = Региональный
charge-dealer = Дилерский
charge-own = Магазина
charge-bound = Границы цены
charge-promotion = Акция
charge-rounding = Округление
charge-row = строка { $value }
charge-no-rule = нет правила
charge-api-next = Исправьте названное поле: store, at (время магазина, 2026-03-01T10:00), line (АРТИКУЛ*КОЛИЧЕСТВО), coupon, payment, price_type.
fault-store-missing = Назовите магазин: его код или последние цифры.
fault-store-unknown = Такого магазина нет. Проверьте код.
fault-store-several = Так кончаются коды нескольких магазинов. Напишите код целиком.
fault-store-unpublished = Данные этого магазина ещё не публиковались.
fault-price-type = Такого типа цены нет.
fault-payment = Оплата: наличные, карта или кредит.
fault-quantity = Количество — число больше нуля, не точнее тысячных.
fault-lines = Назовите хотя бы один товар.
fault-many-lines = Строк больше двухсот: уберите лишние.

# Консоль: прайс
prices-empty = На этом уровне цен нет.
prices-export = Скачать CSV

# Консоль: акции
promotions-empty = Акций ещё не было.
promotions-search = Название или код акции
promotion-new = Новая акция
promotion-gives = Что даёт
promotion-gone = Такой акции сейчас нет; история ниже.
promotion-for = На что
promotion-receipts = Кому
promotion-mode = С другими акциями
promotion-most = Не больше в одном чеке
promotion-version = Версия
promotion-end = Когда закончится
promotion-what = Условия
promotion-kind = Вид
promotion-percent = Скидка, %
promotion-rub = Сумма или цена, ₽
promotion-n = Штук в наборе
promotion-m = Оплачивается штук
promotion-word = Слово купона
promotion-min = Чек от, ₽
promotion-items = Артикулы
promotion-groups = Группы
promotion-brands = Марки
promotion-regions = Регионы
promotion-dealers = Дилеры
promotion-stores = Магазины
promotion-formats = Форматы
promotion-where-hint = Пусто — вся сеть.
promotion-try = Примерить на чеке
promotion-try-hint = Сколько возьмёт касса, если бы акция уже действовала. Магазин можно не называть.
promotion-look = Посмотреть и примерить
promotion-collisions = Действуют тогда же на те же товары
promotion-no-collisions = Других акций в это время на эти товары в этих магазинах нет.
wall-short = по часам магазина
fault-percent = Нужен процент от 0 до 100, например 12,5.
fault-rub = Нужна сумма в рублях, например 490 или 490,50.
fault-number = Нужно целое число.
fault-promotion-exists = Акция с таким кодом уже есть. Возьмите другой код.
promo-kind-percent = процент с товара
promo-kind-amount = сумма с каждой штуки
promo-kind-special-price = особая цена
promo-kind-n-for-m = набор: часть бесплатно
promo-kind-nth-percent = процент с самой дешёвой в наборе
promo-kind-receipt-percent = процент с чека
promo-kind-receipt-amount = сумма с чека
promo-kind-coupon = купон
promotion-edit = Изменить акцию
promotion-owner = Дилер, чья это акция (пусто — сеть)
promotion-group = Группа, из которой действует лучшая
promotion-priority = Приоритет
promotion-max-total = Не больше в одном чеке, ₽
promotion-min-price = Цена товара от, ₽
promotion-max-price = Цена товара до, ₽
promotion-but-items = Кроме артикулов
promotion-but-groups = Кроме групп
promotion-but-brands = Кроме марок
promotion-classes = Классы дилеров
promotion-card = Карта покупателя
promotion-card-levels = Уровни карты
promotion-payments = Способ оплаты
promotion-any = не важно
promotion-units = Штук
promotion-times = Наборов в чеке не больше
promotion-point = Один балл, ₽
promotion-prices = Цены: артикул и рубли, строка на товар
promotion-days = Дни недели
promotion-hours-from = Часы от
promotion-hours-to = Часы до
promotion-set-price = Цена набора, ₽
promotion-unit-price = Цена штуки к набору, ₽
promotion-tiers = Ступени: от скольких штук и процент, строка на ступень
promotion-campaign = Кампания именных купонов
promotion-per-receipt = Купонов в чеке не больше
promotion-levels = Уровни карты: название и процент, строка на уровень
promotion-points-cap = Баллами не больше, % чека
promotion-reserve = Баллов не трогать без связи
promotion-max-percent = Не больше, %
promotion-max-amount = Не больше, ₽
promotion-needs-reason = Нужна причина
promotion-step = Округлять вниз до, ₽
promotion-delay = Через сколько дней можно тратить
promotion-kind-show = Показать поля вида
promotion-slot = Часть набора { $value }
promotion-beside = К набору
promotion-slot-hint = Набор собирается из частей: сколько штук и каких товаров. Пустая часть не учитывается; заполните последнюю и откройте ещё одну кнопкой «Показать поля вида».
promotion-seldom = Ещё условия: цена, вид товара, исключения
promotion-names-hint = Коды — через пробел или запятую; названия с пробелами — через запятую. Пусто — любой товар.
promotion-where-when = Где и когда
promotion-field = Поле
promotion-changes = Что изменится
promotion-before = Было
promotion-after = Станет
promotion-both = Кто-то изменил акцию, пока вы её правили
promotion-theirs = Сейчас сохранено
promotion-ours = У вас в форме
promotion-both-hint = Откройте сохранённую заново — ваши правки пропадут; или посмотрите свою поверх неё — тогда пропадут чужие там, где поля расходятся.
promotion-reopen = Открыть сохранённую
promotion-over = Посмотреть мою поверх
promotion-overtaken = Акцию изменили, пока вы её правили: обе версии ниже. Ничего не сохранено.
fault-promotion-code = Код акции не меняется.
fault-choice = Выберите одно из списка.
fault-day-time = Нужно время от 00:00 до 24:00, например 18:00.
fault-days = Отметьте хотя бы один день.
fault-item-prices = Нужны артикул и цена в каждой строке, например 100001 990; товар — один раз.
fault-levels = Нужны уровень и процент в каждой строке, например silver 1.
fault-tiers = Нужны число штук и процент в каждой строке, например 2 5.
fault-slots = Заполните хотя бы одну часть набора.
fault-sum = Нужна сумма больше нуля, например 1 или 0,50.
fault-count = Нужно целое число больше нуля.
fault-paid = Оплачивать надо меньше штук, чем в наборе.
fault-coupon-key = Нужно одно из двух: слово или кампания.
fault-coupon-benefit = Нужно одно из двух: процент или сумма.
promo-kind-happy-hour = счастливые часы
promo-kind-card-price = цена по карте
promo-kind-bundle = набор за одну цену
promo-kind-companion = товар по цене к набору
promo-kind-gift = подарок к набору
promo-kind-qty-tiers = процент от количества
promo-kind-card-percent = процент по уровню карты
promo-kind-points-redeem = оплата баллами
promo-kind-certificate = сертификат как скидка
promo-kind-manual = скидка продавца
promo-kind-rounding = округление чека
promo-kind-accrue = начисление баллов
day-1 = пн
day-2 = вт
day-3 = ср
day-4 = чт
day-5 = пт
day-6 = сб
day-7 = вс
promo-pick-stack = складывается с другими
promo-pick-best-in-group = действует, если выгоднее
promo-pick-exclusive-all = только одна в чеке
promo-percent = скидка { $value }
promo-amount = минус { $value } с каждой штуки
promo-special-price = особая цена: { $value }
promo-card-price = цена по карте: { $value }
promo-happy-hour = скидка { $value } в часы { $other }
promo-n-for-m = { $value } по цене { $other }
promo-nth-percent = скидка { $other } на самую дешёвую из { $value }
promo-bundle = набор за { $other }: { $value }
promo-companion = к набору ({ $value }) товар по { $other }
promo-gift = к набору ({ $value }) подарок: { $other }
promo-tier = от { $value } шт. скидка { $other }
promo-receipt-percent = скидка { $value } с чека
promo-receipt-amount = минус { $value } с чека
promo-coupon-word = { $value } по слову «{ $other }»
promo-coupon-campaign = { $value } по купону кампании { $other }
promo-card-percent = скидка по карте: { $value }
promo-from-sum = { $value }, чек от { $other }
promo-points-redeem = баллами до { $value } чека, балл — { $other }
promo-certificate = оплата сертификатом
promo-manual = скидка вручную, не больше { $value }
promo-rounding = округление чека вниз до { $value }
promo-accrue = баллы: { $value } от суммы
promo-any-item = любой товар
promo-groups = группы { $value }
promo-items = товары { $value }
promo-brands = марки { $value }
promo-but-groups = кроме групп { $value }
promo-but-items = кроме товаров { $value }
promo-but-brands = кроме марок { $value }
promo-min-price = дороже { $value }
promo-max-price = не дороже { $value }
promo-of-dealer = акция дилера { $value }
promo-regions = регионы { $value }
promo-dealers = дилеры { $value }
promo-classes = классы дилеров { $value }
promo-stores = магазины { $value }
promo-formats = форматы { $value }
promo-mode-stack = складывается с другими
promo-mode-group = из группы { $value } действует самая выгодная
promo-mode-best = действует, если выгоднее других
promo-mode-alone = действует одна, если это дешевле всего остального
promo-with-card = с картой
promo-without-card = без карты
promo-levels = уровни карты { $value }
promo-payment = оплата: { $value }

# Консоль: матрица
matrix-empty = Матрица не задана.
matrix-subtitle = что магазины обязаны держать
matrix-rows = Строки
matrix-groups = Группы
matrix-items = Товары
matrix-format = формат
matrix-cluster = кластер
matrix-counts = число — сколько товаров группы
matrix-more-columns = Столбцы дальше
matrix-edit = Изменить матрицу
matrix-edit-chosen = Изменить выбранные
matrix-choose = Выбрать { $value }
matrix-scope-id = Формат или кластер
matrix-role = Роль товара
matrix-edit-hint = Нынешняя роль кончится в это время; запланированное на потом останется.
matrix-from = с { $value }
matrix-until = до { $value }
matrix-unset = не задана
matrix-stays = без изменений
matrix-back = Поправить
matrix-cluster-shops = Магазины кластера { $value }: их состав держит офис, числа здесь нет.
fault-items-unknown = Таких товаров нет: { $value }
fault-many-items = Товаров больше тысячи: разделите список.
spread-title = Как меняются цены
spread-share = Доля строк
matrix-shops = { $count ->
    [one] Это { $value } магазин.
    [few] Это { $value } магазина.
   *[many] Это { $value } магазинов.
}
spread-rows = { $count ->
    [one] { $value } строка
    [few] { $value } строки
   *[many] { $value } строк
}

# Папка обмена
folder-taken = Файл принят, изменение { $value }.
folder-same = Файл говорит то же, что уже стоит.
folder-waits = Файл ждёт решения человека на странице «Загрузка файлов»:
folder-too-large = Файл слишком большой: больше 256 МиБ. Разделите его.

## Releases

nav-rollouts = Выкладки
release = Выкладка
release-new = Новая выкладка
release-new-hint = В неё войдёт всё, что изменено и ещё не выложено. Ни один магазин не получит её, пока её не одобрят и не начнут.
release-title = Название, для людей
release-urgent = срочная
release-urgent-label = Срочно: во все магазины сразу, днём и в период запрета. Для неверной цены, по которой уже продают.
release-draft = Собрать и проверить
releases-none = Выкладок ещё не было. Измените что-нибудь в каталоге или ценах и соберите первую.
release-wave = Волна
release-convergence = Магазины, где она уже есть
release-stage-drafted = Черновик
release-stage-previewed = Ждёт одобрения
release-stage-running = Идёт
release-stage-paused = Пауза
release-stage-done = Завершена
release-stage-rolled-back = Откачена
release-stage-cancelled = Отменена
release-done = готово { $value }
release-at-work = в работе { $value }
release-failed = отказались { $value }
release-silent = нет связи { $value }, обновятся сами
release-waiting = ждут очереди { $value }
release-shops = { $count ->
    [one] { $value } магазин
    [few] { $value } магазина
   *[many] { $value } магазинов
}
release-rows = { $count ->
    [one] { $value } строка
    [few] { $value } строки
   *[many] { $value } строк
}
release-by = { $value }: { $other }
release-next-wave = Дальше: пойдёт волна { $value }.
release-next-pause = Дальше: остановится у проверки «{ $value }».
release-next-finish = Дальше: завершится.
release-waits-bake = Выдержка волны до { $value }.
release-waits-freeze = Ждёт конца запрета: { $value }.
release-waits-shops = Ждёт, пока магазины переключатся.
release-waits-person = Ждёт человека: проверка «{ $value }» пока не может ответить.
release-waits-resume = Ждёт человека: продолжить или откатить.
release-waits-start = Ждёт, пока её одобрят и начнут.
release-wave-number = Волна { $value }
release-wave-out = Идёт
release-wave-waits = Ждёт
release-of = { $value } из { $other } готовы
release-gates = Ворота
release-gate = Проверка
release-value = Сейчас
release-limit = Предел
gate-convergence = Магазины, где она уже есть
gate-refused = Магазины, которые отказались
gate-silent-after-switch = Пропали со связи после переключения
gate-till-errors = Магазины с ошибками кассы
gate-restarts = Магазины, где программа перезапускается
gate-backlog = Магазины с большой очередью
gate-sales = Падение продаж против обычного
gate-is-green = В норме
gate-is-red = Выше предела
gate-is-unknown = Пока неизвестно
gate-accepted = принято человеком
release-findings = Что нашла проверка
release-findings-none = Ничего необычного.
release-holds = держит выкладку
release-confirmed = подтверждает { $value }
check-broken-record = Записи, которые не читаются
check-zero-price = Нулевые цены
check-price-jump = Скачки цен
check-below-cost = Цены ниже закупки
check-validity = Подозрительные даты
check-removed = Товары, которые исчезнут
check-barcodes-gone = Штрихкоды, которые исчезнут
check-barcode-twice = Один штрихкод у двух товаров
check-class-changed = Товары, которые стали чем-то другим
touched-title = Чеки, которых коснулась выкладка
touched-of = Чеки выкладки { $value }
touched-link = Чеки, пробитые по этой выкладке
touched-none = По этой выкладке ещё ничего не продано
touched-next = Откат вернёт прежние цены; эти чеки останутся, как были пробиты. Решите, кому из покупателей вернуть разницу.
touched-sum = На { $value }: { $other }
touched-shops = { $count ->
    [one] { $value } магазин
    [few] { $value } магазина
   *[many] { $value } магазинов
}
touched-more = Показаны первые { $value }
touched-where = Касса
touched-number = Чек
touched-total = Сумма
release-late = Магазины, где её ещё нет
release-why-late = Почему
release-more = Всего { $value }; показаны те, где человек нужнее всего.
late-refused = Отказался, торгует по старой версии
late-fetching = На связи, скачивает
late-silent = Нет связи; получит, когда вернётся
late-turn = Его очередь придёт
late-waiting = Его волна ещё не началась
release-under = Те же данные несёт выкладка { $value }, она ещё в пути. С началом этой магазины, у которых та есть, получат её строки и исправление, остальные — то, что у них есть, и исправление. Откат выкладки { $value } исправление не отменит.
release-fixed = Под неё легло срочное исправление { $value }: её волны идут дальше с ним, и откат его не отменит.
release-brings = Что в ней
release-approved = Одобрено: { $value }, до { $other } магазинов
release-deeds = Что можно сделать
release-do-confirm = Подтвердить
release-do-confirm-hint = Вы посмотрели, и так задумано. Кто собрал выкладку, подтвердить не может.
release-do-approve = Одобрить
release-do-approve-hint = Не больше чем для стольких магазинов. Для многих магазинов нужны двое.
release-do-start = Начать
release-do-start-hint = Список магазинов фиксируется, идёт первая волна. Магазины переключаются по своим часам.
release-do-cancel = Отменить
release-do-cancel-hint = Её нет ни в одном магазине. Изменения останутся в таблицах и войдут в следующую выкладку.
release-do-accept = Взять проверку на себя
release-do-accept-hint = Только для этой волны; худшее значение остановит её снова.
release-do-pause = Пауза
release-do-pause-hint = Ни следующей волны, ни новых переключений. У кого она есть, у тех остаётся.
release-do-resume = Продолжить
release-do-resume-hint = Выдержка волны начнётся заново.
release-do-roll-back = Откатить
release-do-roll-back-hint = Все магазины сразу получат прежнюю версию. Пробитые чеки останутся как есть.
release-bake = Выдержка волны, минут
release-opens = Переключаются с (по своим часам)
release-closes = Переключаются до
fault-release-title = Дайте название от 3 до 80 знаков
fault-field = Это нельзя прочитать
refusal-second-person = Это должен сделать второй человек: вы собрали или начали эту выкладку.
refusal-approvals = Для { $value } магазинов нужно одобрение людей: { $needed }, пока есть { $other }.
refusal-crossing = Те же данные ({ $other }) держит выкладка { $value }: сначала завершите, отмените или откатите её. Под неё ляжет только срочная выкладка, собранная сейчас.
refusal-stale = С тех пор завершилась другая выкладка тех же данных ({ $value }): отмените эту и соберите новую.
refusal-unknown = Выкладки { $value } нет.
refusal-name-taken = { $value } — это уже другая выкладка.
refusal-right = Для этого нужно право: { $value }.
right-stop = останавливать выкладки
right-create = собирать выкладки
right-approve = одобрять выкладки
right-rule = задавать правила выкладок
refusal-planner-only = Волны идут сами, когда все проверки зелёные.
refusal-person-only = Это должен сделать человек, с именем и причиной.
refusal-layers = Выкладка что-то меняет, и каждый вид данных один раз: соберите её заново.
refusal-under-needs-urgent = Под выкладку, которая в пути, ложится только срочная; остальные её ждут.
refusal-overtaken = Выкладка { $value } с тех пор ушла дальше с теми же данными ({ $other }): отмените эту и соберите срочную заново.
refusal-fix-stays = Исправление лежит под выкладкой { $value } и остаётся: поправьте строки и соберите ещё одну срочную.
refusal-all-held = Всё, что с тех пор изменено, держит выкладка { $value }. Оно войдёт в следующую выкладку или сейчас в срочную.
refusal-urgent-agent = Выкладка программы не бывает срочной.
refusal-stage = Сейчас её состояние — «{ $value }»: в нём так нельзя.
refusal-held = Её держит проверка: { $value }. Каждое должен подтвердить второй человек.
refusal-nothing-to-confirm = Ничего такого выкладку не держит: { $value }.
refusal-reach = Одобрено магазинов: { $value }, а сейчас их { $other }: одобрите ещё раз.
refusal-stores = Магазин в списке назван дважды.
refusal-frozen = { $value }: до { $other } ничего не выкладывается.
refusal-wave-order = Следующая волна — { $value }.
refusal-unknown-gate = Проверки «{ $value }» нет.
refusal-already-out = У магазинов она уже есть: откатите её.
refusal-nothing-out = Её ещё нет ни в одном магазине: отмените её.
release-state = Состояние
release-who = Собрал
release-store = Магазин
release-when = С какого времени
dataset-stops = Стоп-лист
dataset-staff = Сотрудники и права

# Касса: от какого числа цены и остальные данные
dataset-when = { $day } { $month ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
} { $clock }
dataset-prices-nothing = Цены ещё не пришли из офиса
dataset-prices-on-sale = Цены от { $when }, действуют
dataset-prices-on-sale-undated = Цены действуют
dataset-prices-waits = Новые цены ждут: с { $when }
dataset-prices-waits-midnight = Новые цены ждут полуночи (с { $when })
dataset-prices-comes = Новые цены загружаются
dataset-prices-refused = Последняя версия цен отвергнута: { $why }; на продаже осталась прежняя
dataset-prices-withheld = Цены могут быть не последними: офис подписал новые данные, но они не доходят. Сообщите в поддержку
dataset-prices-silent = { $days ->
    [one] Цены не обновлялись { $days } день: связи с офисом нет
    [few] Цены не обновлялись { $days } дня: связи с офисом нет
   *[many] Цены не обновлялись { $days } дней: связи с офисом нет
}
dataset-offers-nothing = Акций нет
dataset-offers-on-sale = Акции от { $when }, действуют
dataset-offers-on-sale-undated = Акции действуют
dataset-offers-waits = Новые акции ждут: с { $when }
dataset-offers-waits-midnight = Новые акции ждут полуночи (с { $when })
dataset-offers-comes = Новые акции загружаются
dataset-offers-refused = Последняя версия акций отвергнута: { $why }; действуют прежние
dataset-offers-withheld = Акции могут быть не последними: офис подписал новые данные, но они не доходят. Сообщите в поддержку
dataset-offers-silent = { $days ->
    [one] Акции не обновлялись { $days } день: связи с офисом нет
    [few] Акции не обновлялись { $days } дня: связи с офисом нет
   *[many] Акции не обновлялись { $days } дней: связи с офисом нет
}
dataset-goods-nothing = Каталог ещё не пришёл из офиса
dataset-goods-on-sale = Каталог от { $when }, действует
dataset-goods-on-sale-undated = Каталог действует
dataset-goods-waits = Новый каталог ждёт: с { $when }
dataset-goods-waits-midnight = Новый каталог ждёт полуночи (с { $when })
dataset-goods-comes = Новый каталог загружается
dataset-goods-refused = Последняя версия каталога отвергнута: { $why }; остался прежний
dataset-goods-withheld = Справочник товаров может быть не последним: офис подписал новые данные, но они не доходят. Сообщите в поддержку
dataset-goods-silent = { $days ->
    [one] Каталог не обновлялся { $days } день: связи с офисом нет
    [few] Каталог не обновлялся { $days } дня: связи с офисом нет
   *[many] Каталог не обновлялся { $days } дней: связи с офисом нет
}
dataset-stops-nothing = Запретов на продажу нет
dataset-stops-on-sale = Запреты на продажу от { $when }, действуют
dataset-stops-on-sale-undated = Запреты на продажу действуют
dataset-stops-waits = Новые запреты на продажу ждут: с { $when }
dataset-stops-waits-midnight = Новые запреты на продажу ждут полуночи (с { $when })
dataset-stops-comes = Новые запреты на продажу загружаются
dataset-stops-refused = Последняя версия запретов на продажу отвергнута: { $why }; действуют прежние
dataset-stops-withheld = Запреты продажи могут быть не последними: офис подписал новые данные, но они не доходят. Сообщите в поддержку
dataset-stops-silent = { $days ->
    [one] Запреты на продажу не обновлялись { $days } день: связи с офисом нет
    [few] Запреты на продажу не обновлялись { $days } дня: связи с офисом нет
   *[many] Запреты на продажу не обновлялись { $days } дней: связи с офисом нет
}
dataset-refused-root = данные не сошлись с подписью офиса
dataset-refused-record = в ней есть запись, которую не прочитать
dataset-refused-segment = файл пришёл повреждённым
dataset-refused-older = она старше принятой
dataset-refused-forged = подпись не офиса
dataset-refused-expired = её срок прошёл
dataset-refused-disk = диск её не принял
dataset-refused-unknown = причина записана в журнале

# Хвосты снятых компьютеров
nav-tails = Поздние записи
tails-hint = Что снятый компьютер не успел отправить до замены и прислал потом. Пока по ним не решили, они лежат в стороне и нигде не учтены.
tails-none = Ничего не ждёт решения.
tails-look = Посмотреть, что пришло
tail-workplace = Рабочее место
tail-entries = Записи
tail-range = Эпоха { $value }, записи { $other }
tail-money = Сумма чеков
tail-came = Пришли
tail-came-at = пришли { $value }
tail-of = Поздние записи { $value }
tail-receipts = чеков на сумму
tail-stock = Движение товара
tail-serials = Серийные номера
tail-serial-sold = продан
tail-serial-returned = возвращён
tail-cash = Движение денег
tail-more = Показаны первые { $value }.
tail-deeds = Решение
tail-accept = Принять
tail-accept-hint = Магазин проведёт эти движения в своём журнале, как только будет на связи. Сами записи остаются здесь, как были подписаны.
tail-refuse = Отклонить
tail-refuse-hint = Записи останутся на хранении и не будут учтены нигде.
tail-grew = С тех пор записей стало больше: посмотрите ещё раз и решите.
cash-place-drawer = Касса
cash-place-card-clearing = Оплата картами
cash-place-revenue = Выручка
cash-place-outside = Сейф или банк
cash-place-discrepancy = Расхождение
cash-place-other-clearing = Прочие оплаты
cash-place-unknown = Неизвестное место
