#include "api/answers.hpp"
#include "api/render/row.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "api/routes/states.hpp"
#include "events/kernel/match.hpp"
#include "handlers/ports/tax_authority.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

struct WhichTaxpayer {
    std::optional<ShopId> shop;
    std::optional<Digits<10, 10>> tpin;
    static constexpr auto fields() {
        return std::tuple{
            field("shopId", &WhichTaxpayer::shop), field("tpin", &WhichTaxpayer::tpin)
        };
    }
};

struct WhichOrder {
    OrderId order;
    static constexpr auto fields() { return std::tuple{field("orderId", &WhichOrder::order)}; }
};

void write_time(
    JsonWriter& out,
    std::string_view name,
    const model::Row& row,
    std::string_view column
) {
    if (const auto at = row.instant(column)) out.key(name).text(to_rfc3339(*at));
}

void write_document(
    JsonWriter& out,
    std::string_view name,
    const model::Row& row,
    std::string_view column
) {
    out.key(name);
    row.is_null(column) ? out.null() : out.raw(row.text(column));
}

/// Retries that were made (C-02: 0 to 3), and when the last one was: what is stored counts the one
/// that is scheduled as well.
void write_retries(JsonWriter& out, const model::Row& row) {
    const bool scheduled = !row.is_null("next_retry_at");
    const std::int64_t made = row.integer("retry_count") - (scheduled ? 1 : 0);
    out.key("retryCount").integer(made);
    if (made == 0) return;
    write_time(out, "lastRetryAt", row, row.is_null("sent_at") ? "last_retry_at" : "sent_at");
}

std::string render_transmission(const model::Row& row, bool whole) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(row.text("id")).key("orderId").text(row.text("order_id"));
    out.key("shopId").text(row.text("shop"));
    write_text(out, "tpin", row, "tpin");
    write_text(out, "invoiceNumber", row, "number");
    out.key("invoiceDate");
    const auto dated = row.instant("invoice_date");
    dated ? out.text(to_rfc3339(*dated)) : out.null();
    if (!row.is_null("vsdc_number")) write_text(out, "vsdcNumber", row, "vsdc_number");
    out.key("transmissionStatus").text(row.text("status"));
    write_retries(out, row);
    write_time(out, "createdAt", row, "created_at");
    if (whole) {
        write_document(out, "payload", row, "payload");
        write_document(out, "responsePayload", row, "response");
        write_failure(out, row);
    }
    out.end_object();
    return body;
}

Awaitable<Answer> list_transmissions(App& app, Call& call) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    const auto good = filter.when_named<InvoiceStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    filter.when(call, "shopId", "shop = {}");
    filter.when(call, "orderId", "order_id = {}");
    for (const auto& [name, condition] :
         {std::pair{"from", "created_at >= {}::timestamptz"},
          std::pair{"to", "created_at < {}::timestamptz"}}) {
        const auto at = instant_parameter(call, name);
        if (!at) co_return unexpected{at.error()};
        if (*at) filter.where(condition, {**at});
    }
    std::string tail = tail_of(*page, filter);
    auto rows = co_await read_rows(app, tables::invoices, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    co_return json_response(page_json(*page, *rows, [](const model::Row& row) {
        return std::optional{render_transmission(row, false)};
    }));
}

Awaitable<Answer> get_transmission(App& app, Call& call) {
    auto row = co_await read_row(app, tables::invoices, call.path("id"));
    if (!row) co_return unexpected{row.error()};
    co_return json_response(render_transmission(*row, true));
}

Awaitable<Answer> retry(App& app, Call& call) {
    const std::string invoice = call.path("id");
    const std::string order = parent_of("inv", invoice);
    if (order.empty()) co_return unexpected{not_found()};
    const auto before = state_of<Invoice>(app, order, invoice);
    Command envelope = call.command(
        order,
        stream_of<Invoice>(invoice),
        Invoice::Command{Invoice::Retry{call.now}},
        Role::finance_admin
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome) co_return json_response("{}", 202);
    // An invoice that nobody requested has no status, and the decider said that it is not there.
    if (!Invoice::bill(before)) co_return unexpected{outcome.error()};
    const std::string from{name_of(Invoice::status(before))};
    co_return unexpected{explain_transition(outcome.error(), from, "a retransmission")};
}

/// What the registry said, or why it could not be asked.
using Registry = Result<std::optional<Taxpayer>, Problem>;

Registry ask_registry(TaxAuthority& tax, const std::string& tpin, const Trace& trace) {
    const Problem away{
        .code = "provider_unavailable",
        .detail = "The tax registry does not answer now.",
        .retry_after_s = 10
    };
    return match(
        tax.find_taxpayer(tpin, trace),
        [](const std::optional<Taxpayer>& found) { return Registry{found}; },
        [](const Refused&) { return Registry{std::optional<Taxpayer>{}}; },
        [&](const OneOf<TryLater, NotSent, Unknown> auto&) { return Registry{unexpected{away}}; }
    );
}

/// What the registry said of a TPIN.
struct Verdict {
    std::string tpin;
    bool valid = false;
};

// One command for each shop: they share the call's id, and so name themselves by their streams.
Awaitable<Result<void, Problem>>
record_verdict(App& app, Call& call, const std::vector<ShopId>& shops, const Verdict& verdict) {
    for (const ShopId& shop : shops) {
        Command envelope = call.command(
            shop.value,
            stream_of<Shop>(shop.value),
            Shop::Command{Shop::RecordTpin{verdict.tpin, verdict.valid, call.now}},
            Role::finance_admin,
            "tpin"
        );
        auto outcome = co_await commit(app, call, std::move(envelope));
        if (!outcome) co_return unexpected{outcome.error()};
    }
    co_return Result<void, Problem>{};
}

// The shop that was named, or every one that trades under the TPIN: invoices of theirs may wait for
// this word (C-37).
Awaitable<Result<std::vector<ShopId>, Problem>>
shops_of(App& app, const WhichTaxpayer& body, const std::string& tpin) {
    if (body.shop) co_return std::vector{*body.shop};
    std::vector<model::Value> parameters{tpin};
    auto rows = co_await read_rows(
        app, tables::shops, "WHERE tpin = $1 ORDER BY id", std::move(parameters)
    );
    if (!rows) co_return unexpected{rows.error()};
    std::vector<ShopId> shops;
    for (const model::Row& row : *rows) shops.push_back({row.text("id")});
    co_return shops;
}

Result<std::string, Problem> tpin_of(App& app, const WhichTaxpayer& body) {
    if (body.shop.has_value() == body.tpin.has_value()) {
        return unexpected{Problem{
            .code = "validation_failed",
            .detail = "Name either a shop or a TPIN.",
            .errors = {{"#/tpin", "give either shopId or tpin"}}
        }};
    }
    if (body.tpin) return body.tpin->value;
    const auto profile = app.reference.get<Shop>(body.shop->value, body.shop->value).profile;
    if (!profile || !profile->tpin) return unexpected{not_found()};
    return *profile->tpin;
}

Awaitable<Answer> validate_tpin(App& app, Call& call) {
    auto body = decode_body<WhichTaxpayer>(call.request);
    if (!body) co_return unexpected{body.error()};
    const auto tpin = tpin_of(app, *body);
    if (!tpin) co_return unexpected{tpin.error()};
    auto work = [&app, number = *tpin, trace = call.trace] {
        return ask_registry(app.tax, number, trace);
    };
    const auto found = co_await on_pool(app.outside_pool, std::move(work));
    if (!found) co_return unexpected{found.error()};
    const bool valid = found->has_value() && (*found)->active;
    const auto shops = co_await shops_of(app, *body, *tpin);
    if (!shops) co_return unexpected{shops.error()};
    // g++ 12 destroys a braced temporary inside a co_await expression twice.
    const Verdict verdict{*tpin, valid};
    const auto recorded = co_await record_verdict(app, call, *shops, verdict);
    if (!recorded) co_return unexpected{recorded.error()};
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key("tpin").text(*tpin).key("valid").boolean(valid);
    if (*found) out.key("name").text((*found)->name);
    out.key("checkedAt").text(to_rfc3339(call.now)).end_object();
    co_return json_response(std::move(reply));
}

/// One shop's part of a confirmed order.
struct Part {
    ShopId shop;
    InvoiceId invoice;
    std::vector<OrderLine> lines;
};

/// Those that still stand; their invoices are numbered among all of the order's parts.
std::vector<Part> live_parts_of(const Order::State& state, const Order::Placed& placed) {
    std::vector<Part> parts;
    std::uint64_t number = 0;
    for (const Order::Part& part : Order::parts(state)) {
        const InvoiceId invoice{child_id("inv", placed.order.value, ++number)};
        if (part.status == OrderStatus::cancelled) continue;
        parts.push_back({part.shop, invoice, {}});
        std::ranges::copy_if(
            placed.lines,
            std::back_inserter(parts.back().lines),
            [&](const OrderLine& line) { return line.shop == part.shop; }
        );
    }
    return parts;
}

// Invoices an order that was confirmed while invoicing was off; what is there already stays. While
// it is off nothing is invoiced, by hand neither (ZRA-02).
Awaitable<Answer> generate(App& app, Call& call) {
    auto body = decode_body<WhichOrder>(call.request);
    if (!body) co_return unexpected{body.error()};
    const std::string& order = body->order.value;
    const auto placed = placed_order(app, body->order);
    if (!placed) co_return unexpected{placed.error()};
    const auto state = state_of<Order>(app, order, order);
    const auto status = Order::status(state);
    if (status == OrderStatus::pending || status == OrderStatus::cancelled) {
        co_return unexpected{illegal_transition(name_of(status), "an invoice")};
    }
    std::string reply;
    JsonWriter out{reply};
    out.begin_object().key("invoiceIds").begin_array();
    const bool off = app.settings().invoicing() == Invoicing::off;
    auto parts = off ? std::vector<Part>{} : live_parts_of(state, *placed);
    for (Part& part : parts) {
        Invoice::Request request{
            part.invoice, body->order, part.shop, std::move(part.lines), call.now
        };
        // The first has the call's own id, so that the key is known to be used.
        Command envelope = call.command(
            order,
            stream_of<Invoice>(part.invoice.value),
            Invoice::Command{std::move(request)},
            Role::system,
            part.invoice == parts.front().invoice ? "" : "invoice"
        );
        auto outcome = co_await commit(app, call, std::move(envelope));
        if (!outcome) co_return unexpected{outcome.error()};
        out.text(part.invoice.value);
    }
    out.end_array().end_object();
    co_return json_response(std::move(reply), 202);
}

Route office_route(std::string method, std::string path, std::string summary, Reply reply) {
    return {
        .method = std::move(method),
        .pattern = "/api/v1/admin/zra/" + path,
        .summary = std::move(summary),
        .tag = "tax",
        .access = any_of({Role::finance_admin, Role::platform_admin}),
        .reply = std::move(reply),
        .aliases = {"/admin/zra/" + path}
    };
}

Route node_route(std::string path, std::string summary, Shape body, Shape answer) {
    return {
        .method = "POST",
        .pattern = "/internal/" + path,
        .summary = std::move(summary),
        .tag = "tax",
        .access = internal_key(),
        .idempotency = Idempotency::optional,
        .key_in_body = !body.empty(),
        .body = std::move(body),
        .reply = {202, "Taken.", std::move(answer)},
        .problems = {"illegal_transition"},
        .aliases = {"/api/v1/internal/" + path}
    };
}

}  // namespace

std::vector<BoundRoute> invoice_routes() {
    Route list = office_route(
        "GET",
        "transmissions",
        "Tax invoices and how they were sent.",
        {200, "A page of invoices.", list_of("Transmission")}
    );
    list.query = {
        {"status", "PENDING, SENT, FAILED, MOCK or BLOCKED_TPIN."},
        {"shopId", "A shop."},
        {"orderId", "An order."},
        {"from", "Made at this time or later."},
        {"to", "Made before this time."},
        {"limit", "1 to 200."},
        {"cursor", "From nextCursor."}
    };
    Route one = office_route(
        "GET",
        "transmissions/:id",
        "One invoice with document and receipt.",
        {200, "The invoice.", told("Transmission")}
    );
    Route again = office_route(
        "POST",
        "retransmit/:id",
        "Sends a FAILED invoice again.",
        {202, "It will be sent.", told("{}")}
    );
    again.idempotency = Idempotency::optional;
    again.problems = {"illegal_transition"};
    Route validate = office_route(
        "POST",
        "validate-tpin",
        "Asks the registry about a TPIN.",
        {200, "Its word.", told("{tpin, valid:boolean, name?, checkedAt:time}")}
    );
    validate.idempotency = Idempotency::optional;
    validate.body = shape_of<WhichTaxpayer>();
    validate.problems = {"provider_unavailable"};
    return {
        {std::move(list), list_transmissions},
        {std::move(one), get_transmission},
        {std::move(again), retry},
        {std::move(validate), validate_tpin},
        {node_route(
             "generate",
             "Invoices a confirmed order.",
             shape_of<WhichOrder>(),
             told("{invoiceIds:[text]}")
         ),
         generate},
        {node_route("retry/:id", "Sends a FAILED invoice again.", {}, told("{}")), retry},
    };
}

}  // namespace pakashop::api
