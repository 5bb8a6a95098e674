#include "adapters/system/movable_clock.hpp"
#include "api/answers.hpp"
#include "api/documents.hpp"
#include "api/routes/routes.hpp"

namespace pakashop::api {
namespace {

struct MoveClock {
    Whole<0, 10LL * 366 * 86'400> seconds;
    static constexpr auto fields() {
        return std::tuple{field("advanceSeconds", &MoveClock::seconds)};
    }
};

http::Response clock_reply(App& app) {
    std::string body;
    JsonWriter{body}.begin_object().key("now").text(to_rfc3339(app.clock.now())).end_object();
    return json_response(std::move(body));
}

Awaitable<Answer> tell_clock(App& app, Call&) { co_return clock_reply(app); }

Awaitable<Answer> move_clock(App& app, Call& call) {
    if (app.config.production()) co_return unexpected{not_found()};
    auto body = decode_body<MoveClock>(call.request);
    if (!body) co_return unexpected{body.error()};
    app.clock.advance(seconds(body->seconds.value));
    co_return clock_reply(app);
}

// Alive: the process answers. What is wrong is told, and makes it 503 only when writes stop.
Awaitable<Answer> health(App& app, Call&) {
    const auto figures = app.engine.figures();
    const bool writes = figures.halted_partitions == 0;
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("status").text(writes ? "ok" : "damaged");
    out.key("log").begin_object();
    out.key("partitions").integer(app.engine.partitions());
    out.key("halted").integer(static_cast<std::int64_t>(figures.halted_partitions)).end_object();
    out.key("readModels").begin_object();
    out.key("available").boolean(app.progress.available());
    out.key("lag").integer(static_cast<std::int64_t>(app.progress.lag())).end_object();
    out.end_object();
    co_return json_response(std::move(body), writes ? 200 : 503);
}

// Ready: both commands and queries are served.
Awaitable<Answer> ready(App& app, Call&) {
    const bool reads = app.progress.available();
    const bool writes = app.engine.figures().halted_partitions == 0 && app.all_led();
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("ready").boolean(reads && writes);
    out.key("commands").boolean(writes).key("queries").boolean(reads).end_object();
    co_return json_response(std::move(body), reads && writes ? 200 : 503);
}

Awaitable<Answer> metrics(App& app, Call&) {
    http::Response response{.body = app.metrics()};
    response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    co_return response;
}

struct Rebuild {
    Text<1, 60> name;
    std::optional<bool> swap;
    static constexpr auto fields() {
        return std::tuple{field("name", &Rebuild::name), field("swap", &Rebuild::swap)};
    }
};

std::string render_rebuild(const model::RebuildReport& report, bool swap) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("events").integer(static_cast<std::int64_t>(report.events));
    out.key("rows").integer(static_cast<std::int64_t>(report.rows));
    out.key("tookMs").integer(report.took.count());
    if (!swap) out.key("equal").boolean(report.equal());
    out.end_object();
    return body;
}

// A comparison that fails is an answer, and no success: whoever runs it looks at the status.
Awaitable<Answer> rebuild(App& app, Call& call) {
    auto body = decode_body<Rebuild>(call.request);
    if (!body) co_return unexpected{body.error()};
    const bool swap = body->swap.value_or(false);
    auto work = [&app, name = body->name.value, swap] { return app.rebuild(name, swap); };
    const auto report = co_await on_pool(app.pool, std::move(work));
    if (!report) {
        co_return unexpected{
            Problem{.code = "read_model_unavailable", .detail = report.error(), .retry_after_s = 5}
        };
    }
    const bool good = swap || report->equal();
    co_return json_response(render_rebuild(*report, swap), good ? 200 : 409);
}

Awaitable<Answer> openapi(App& app, Call&) { co_return json_response(app.openapi); }
Awaitable<Answer> docs(App& app, Call&) { co_return app.docs; }

Awaitable<Answer> asyncapi(App& app, Call&) {
    http::Response response{.body = app.asyncapi};
    response.set("Content-Type", "application/yaml");
    co_return response;
}

Awaitable<Answer> event_schema(App&, Call& call) {
    constexpr std::string_view ending = ".json";
    std::string name = call.path("name");
    if (!name.ends_with(ending)) co_return unexpected{not_found()};
    name.resize(name.size() - ending.size());
    auto schema = event_schema_document(name);
    if (!schema) co_return unexpected{not_found()};
    http::Response response{.body = *std::move(schema)};
    response.set("Content-Type", "application/schema+json");
    co_return response;
}

Route system_route(
    std::string method,
    std::string pattern,
    std::string summary,
    Access access,
    std::string_view answer,
    std::string media_type = "application/json"
) {
    return {
        .method = std::move(method),
        .pattern = std::move(pattern),
        .summary = std::move(summary),
        .tag = "system",
        .access = std::move(access),
        .reply = {.body = told(answer), .media_type = std::move(media_type)}
    };
}

}  // namespace

std::vector<BoundRoute> system_routes() {
    const Access all = open_to_all();
    const Access inside = internal_key();
    Route move =
        system_route("POST", "/internal/clock", "Moves the clock forward.", inside, "{now:time}");
    move.body = shape_of<MoveClock>();
    move.aliases = {"/api/v1/internal/clock"};
    Route tell =
        system_route("GET", "/internal/clock", "The time it is here.", inside, "{now:time}");
    tell.aliases = move.aliases;
    Route again = system_route(
        "POST",
        "/internal/rebuild",
        "Builds a read model anew and compares it.",
        inside,
        "{events:integer, rows:integer, tookMs:integer, equal?:boolean}"
    );
    again.body = shape_of<Rebuild>();
    again.aliases = {"/api/v1/internal/rebuild"};
    Route well = system_route(
        "GET",
        "/health",
        "Whether the process is well.",
        all,
        "{status, log:{partitions:integer, halted:integer},"
        " readModels:{available:boolean, lag:integer}}"
    );
    Route serving = system_route(
        "GET",
        "/ready",
        "Whether it serves everything.",
        all,
        "{ready:boolean, commands:boolean, queries:boolean}"
    );
    Route figures =
        system_route("GET", "/metrics", "Figures for Prometheus.", inside, "text", "text/plain");
    Route contract = system_route("GET", "/openapi.json", "This contract.", all, "{*:any}");
    Route page =
        system_route("GET", "/docs", "This contract, for people.", all, "text", "text/html");
    Route topics = system_route(
        "GET", "/asyncapi.yaml", "The topics for integrations.", all, "text", "application/yaml"
    );
    Route schema = system_route(
        "GET",
        "/schemas/:name",
        "An event's public fields: order.placed.v1.json",
        all,
        "{*:any}",
        "application/schema+json"
    );
    for (Route* route : {&well, &serving, &figures, &contract, &topics, &schema, &page}) {
        route->anywhere = true;
    }
    return {
        {std::move(well), health},
        {std::move(serving), ready},
        {std::move(figures), metrics},
        {std::move(contract), openapi},
        {std::move(topics), asyncapi},
        {std::move(schema), event_schema},
        {std::move(page), docs},
        {std::move(tell), tell_clock},
        {std::move(move), move_clock},
        {std::move(again), rebuild},
    };
}

std::vector<BoundRoute> all_routes() {
    std::vector<BoundRoute> all;
    for (auto group :
         {registration_routes,
          login_routes,
          second_factor_routes,
          shop_routes,
          product_routes,
          catalogue_routes,
          order_routes,
          order_part_routes,
          payment_routes,
          webhook_routes,
          agent_routes,
          delivery_routes,
          proof_routes,
          account_routes,
          books_routes,
          invoice_routes,
          config_routes,
          cluster_routes,
          system_routes}) {
        for (BoundRoute& route : group()) all.push_back(std::move(route));
    }
    return all;
}

}  // namespace pakashop::api
