#include "projections/accounts.hpp"

#include <spdlog/spdlog.h>

#include "api/answers.hpp"
#include "api/history.hpp"
#include "api/render/row.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "events/kernel/match.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;

constexpr std::chrono::milliseconds arrival_patience{1000};

// The account is its owner's and finance's to see; for others the shop does not exist.
std::optional<Problem> not_mine(App& app, const Call& call, const std::string& shop) {
    const auto profile = app.reference.get<Shop>(shop, shop).profile;
    const bool mine = profile && (profile->owner == call.caller.user || call.caller.finance());
    return mine ? std::nullopt : std::optional{not_found()};
}

// What a delivery sets free comes to the shop's account a moment later, by a process: whoever asks
// after it waits until what is committed now has arrived there and shows.
Awaitable<void> arrive(App& app) {
    auto start = [&app, deadline = std::chrono::steady_clock::now() + arrival_patience](auto done) {
        app.acted(deadline, std::move(done));
    };
    co_await from_callback<bool>(std::move(start));
    const Position all = end_of_log(app.engine);
    co_await visible(app.progress, all, arrival_patience);
}

std::string render_account(const model::Row* row) {
    const auto of = [&](std::string_view column) { return row ? row->money(column) : Money{}; };
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    write_money(out, "held", of("held"));
    write_money(out, "releasable", of("releasable"));
    write_money(out, "inPayout", of("in_payout"));
    write_money(out, "paidOut", of("paid_out"));
    out.key("currency").text("ZMW").end_object();
    return body;
}

// Lines follow from the histories of many orders, so lists tell the present only.
std::optional<Problem> not_of_the_past(const Call& call) {
    const auto at = call.query("asOf");
    if (!at || at->empty()) return std::nullopt;
    return Problem{
        .code = "validation_failed",
        .detail = "Only the balances can be asked for as of a time.",
        .errors = {{"#/asOf", "belongs to the account itself"}}
    };
}

Awaitable<Answer> account(App& app, Call& call) {
    const std::string shop = call.path("id");
    if (auto problem = not_mine(app, call, shop)) co_return unexpected{*problem};
    const auto at = as_of(call);
    if (!at) co_return unexpected{at.error()};
    if (*at) {
        const model::Projection* const projections[] = {&model::accounts_projection};
        const auto rows = co_await rows_of_key_at(app, shop, **at, projections);
        co_return json_response(render_account(rows.find(tables::accounts, shop)));
    }
    co_await arrive(app);
    std::vector<model::Value> parameters{shop};
    auto rows = co_await read_rows(app, tables::accounts, "WHERE shop = $1", std::move(parameters));
    if (!rows) co_return unexpected{rows.error()};
    co_return json_response(render_account(rows->empty() ? nullptr : &rows->front()));
}

std::string render_line(const model::Row& row) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(row.text("item")).key("orderId").text(row.text("order_id"));
    out.key("itemId").text(row.text("item"));
    write_money(out, "gross", row.money("gross"));
    write_money(out, "vendorAmount", row.money("vendor_amount"));
    write_money(out, "platformFee", row.money("platform_fee"));
    out.key("status").text(row.text("status"));
    if (!row.is_null("payout")) out.key("payoutId").text(row.text("payout"));
    out.end_object();
    return body;
}

Awaitable<Answer> lines(App& app, Call& call) {
    const std::string shop = call.path("id");
    if (auto problem = not_mine(app, call, shop)) co_return unexpected{*problem};
    if (auto problem = not_of_the_past(call)) co_return unexpected{*problem};
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    Filter filter;
    filter.where("shop = {}", {shop});
    const auto good = filter.when_named<SettlementStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    std::string tail = tail_of(*page, filter, "created_at", "item");
    auto rows =
        co_await read_rows(app, tables::settlement_lines, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    const auto render = [](const model::Row& row) { return std::optional{render_line(row)}; };
    co_return json_response(page_json(*page, *rows, render, "created_at", "item"));
}

std::string render_payout(const model::Row& row, bool office) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(row.text("id")).key("shopId").text(row.text("shop"));
    write_money(out, "amount", row.money("amount"));
    out.key("currency").text("ZMW").key("method").begin_object().key("type").text("MOBILE_MONEY");
    out.key("provider")
        .text(row.text("network"))
        .key("phone")
        .text(row.text("masked"))
        .end_object();
    out.key("status").text(row.text("status")).key("lineIds").raw(row.json("line_ids"));
    write_failure(out, row);
    out.key("createdAt").text(to_rfc3339(row.instant("created_at").value_or(Instant{})));
    if (const auto at = row.instant("completed_at")) out.key("completedAt").text(to_rfc3339(*at));
    if (office) {
        out.key("providerId").text(row.text("provider_reference"));
        out.key("attempts").integer(row.integer("attempts"));
    }
    out.end_object();
    return body;
}

Awaitable<Answer> list_payouts(App& app, Call& call, Filter filter, bool office) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    const auto good = filter.when_named<PayoutStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    std::string tail = tail_of(*page, filter);
    auto rows = co_await read_rows(app, tables::payouts, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    co_return json_response(page_json(*page, *rows, [&](const model::Row& row) {
        return std::optional{render_payout(row, office)};
    }));
}

Awaitable<Answer> shop_payouts(App& app, Call& call) {
    const std::string shop = call.path("id");
    if (auto problem = not_mine(app, call, shop)) co_return unexpected{*problem};
    if (auto problem = not_of_the_past(call)) co_return unexpected{*problem};
    Filter filter;
    filter.where("shop = {}", {shop});
    co_return co_await list_payouts(app, call, std::move(filter), false);
}

Awaitable<Answer> all_payouts(App& app, Call& call) {
    Filter filter;
    filter.when(call, "shopId", "shop = {}");
    co_return co_await list_payouts(app, call, std::move(filter), true);
}

Awaitable<Answer> one_payout(App& app, Call& call) {
    auto row = co_await read_row(app, tables::payouts, call.path("id"));
    if (!row) co_return unexpected{row.error()};
    co_return json_response(render_payout(*row, true));
}

std::string render_run(const std::vector<RequestedPayout>& payouts) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("payouts").begin_array();
    for (const RequestedPayout& payout : payouts) {
        out.begin_object().key("payoutId").text(payout.payout.value);
        out.key("shopId").text(payout.shop.value);
        write_money(out, "amount", payout.amount);
        out.key("lines").integer(payout.lines).end_object();
    }
    out.end_array().end_object();
    return body;
}

Problem settlement_problem(const SettlementFailure& failure) {
    return match(
        failure,
        [](const pakashop::ReadFailure&) { return read_problem(ReadFailure::unavailable); },
        [](const Outcome& outcome) { return problem_of(outcome); }
    );
}

// The run is a stream of its own under the call's command: a repeat finds there what it asked for.
Awaitable<Answer> settle(App& app, Call& call) {
    SettlementRequest request;
    request.run = derived_id("run", call.command_id, "settlement");
    request.command = call.command_id;
    request.fingerprint = call.fingerprint;
    request.actor = call.actor(Role::finance_admin);
    request.trace = call.trace;
    request.now = call.now;
    request.mover = app.settings().payout_mover();
    co_await arrive(app);
    auto work = [&app, request] { return app.settle(request); };
    const auto done = co_await on_pool(app.pool, std::move(work));
    if (!done) co_return unexpected{settlement_problem(done.error())};
    for (const std::string& shop : done->passed_over)
        SPDLOG_ERROR("settlement passes over {}", shop);
    merge(call.position, done->position);
    call.replayed = done->replayed;
    co_return json_response(render_run(done->payouts), 202);
}

BoundRoute shops_route(
    const std::string& what,
    std::string summary,
    std::vector<Parameter> query,
    Shape answer,
    RouteHandler handler
) {
    return {
        {.method = "GET",
         .pattern = "/api/v1/shops/:id/" + what,
         .summary = std::move(summary),
         .tag = "settlement",
         .access = any_person(),
         .query = std::move(query),
         .reply = {200, "Amounts are decimal strings.", std::move(answer)}},
        handler
    };
}

}  // namespace

std::vector<BoundRoute> account_routes() {
    const Access office = any_of({Role::finance_admin, Role::platform_admin});
    std::vector<BoundRoute> routes{
        shops_route(
            "account",
            "A shop's balances.",
            {{"asOf", "The balances as they were then (RFC 3339)."}},
            told("{held:money, releasable:money, inPayout:money, paidOut:money, currency}"),
            account
        ),
        {{.method = "POST",
          .pattern = "/api/v1/admin/settlements/run",
          .summary = "Pays out everything that is releasable.",
          .tag = "settlement",
          .access = office,
          .idempotency = Idempotency::required,
          .reply =
              {202,
               "What is paid out.",
               told("{payouts:[{payoutId, shopId, amount:money, lines:integer}]}")}},
         settle},
        {{.method = "GET",
          .pattern = "/api/v1/admin/payouts",
          .summary = "All payouts, newest first.",
          .tag = "settlement",
          .access = office,
          .query =
              {{"status", "A payout status."}, {"shopId", "A shop."}, {"limit", ""}, {"cursor", ""}
              },
          .reply = {200, "A page of payouts.", list_of("Payout")}},
         all_payouts},
        {{.method = "GET",
          .pattern = "/api/v1/admin/payouts/:id",
          .summary = "One payout.",
          .tag = "settlement",
          .access = office,
          .reply = {200, "The payout.", told("Payout")}},
         one_payout},
    };
    // `…/lines` behind `/shops/:id/account` is read either way.
    for (const std::string_view under : {"account/", ""}) {
        routes.push_back(shops_route(
            std::string{under} + "lines",
            "A shop's settlement lines, newest first.",
            {{"status", "A settlement status."}, {"limit", ""}, {"cursor", ""}},
            list_of("SettlementLine"),
            lines
        ));
        routes.push_back(shops_route(
            std::string{under} + "payouts",
            "A shop's payouts, newest first.",
            {{"status", "A payout status."}, {"limit", ""}, {"cursor", ""}},
            list_of("Payout"),
            shop_payouts
        ));
    }
    return routes;
}

}  // namespace pakashop::api
