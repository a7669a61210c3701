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
till-business-time = Время операции принимает только учебное место
till-business-time-next = Уберите business_time: касса поставит своё время.
till-incomplete = Прошлое этого места ещё не восстановлено
till-incomplete-next = Дождитесь связи с центром или позвоните в поддержку.
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
