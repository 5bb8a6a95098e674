#include "api/answers.hpp"
#include "api/render/row.hpp"
#include "api/routes/events_of.hpp"
#include "api/routes/order_reply.hpp"
#include "api/routes/paging.hpp"
#include "api/routes/routes.hpp"
#include "handlers/stream_loader.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

constexpr std::chrono::milliseconds role_patience{2000};

struct Vehicle {
    Text<1, 60> type;
    std::optional<Text<1, 40>> registration;
    static constexpr auto fields() {
        return std::tuple{
            field("type", &Vehicle::type), field("registration", &Vehicle::registration)
        };
    }
};

struct Document {
    Text<1, 60> kind;
    WebAddress<500> url;
    static constexpr auto fields() {
        return std::tuple{field("kind", &Document::kind), field("url", &Document::url)};
    }
};

struct Application {
    AgentType type{};
    Text<1, 120> full_name;
    std::optional<Text<1, 40>> nrc;
    PhoneNumber phone;
    Vehicle vehicle;
    std::optional<Text<1, 160>> legal_name;
    std::optional<Text<1, 60>> pacra_number;
    std::optional<List<Document, 0, 20>> documents;
    static constexpr auto fields() {
        return std::tuple{
            field("type", &Application::type),
            field("fullName", &Application::full_name),
            field("nrc", &Application::nrc),
            field("phone", &Application::phone),
            field("vehicle", &Application::vehicle),
            field("legalName", &Application::legal_name),
            field("pacraNumber", &Application::pacra_number),
            field("documents", &Application::documents)
        };
    }
};

struct Reason {
    Text<1, 300> reason;
    static constexpr auto fields() { return std::tuple{field("reason", &Reason::reason)}; }
};

struct Availability {
    bool available = false;
    static constexpr auto fields() {
        return std::tuple{field("available", &Availability::available)};
    }
};

// Sellers do not deliver, and neither does anybody who decides over others (AUT-07, AUT-09).
bool excluded(const Caller& caller) {
    return caller.has(Role::shop_owner) || std::ranges::any_of(caller.roles, needs_second_factor);
}

std::optional<Problem> missing_company_papers(const Application& body) {
    if (body.type != AgentType::company) return std::nullopt;
    Problem problem{
        .code = "validation_failed", .detail = "A company gives its legal name and PACRA number."
    };
    if (!body.legal_name) problem.errors.push_back({"#/legalName", "is required of a company"});
    if (!body.pacra_number) problem.errors.push_back({"#/pacraNumber", "is required of a company"});
    return problem.errors.empty() ? std::nullopt : std::optional{problem};
}

AgentApplied application_of(const Call& call, const Application& body) {
    const Subject person{call.caller.user.value};
    AgentApplied out;
    out.agent = agent_id_of(call.caller.user);
    out.user = call.caller.user;
    out.type_ = body.type;
    out.full_name = {person, body.full_name.value};
    out.phone = {person, body.phone.value};
    if (body.nrc) out.nrc = Sealed<PublicText>{person, body.nrc->value};
    out.vehicle_type = body.vehicle.type.value;
    if (body.vehicle.registration) out.registration = body.vehicle.registration->value;
    if (body.legal_name) out.legal_name = body.legal_name->value;
    if (body.pacra_number) out.pacra_number = body.pacra_number->value;
    if (body.documents) {
        for (const Document& one : body.documents->values) {
            out.documents.push_back({one.kind.value, one.url.value});
        }
    }
    out.at = call.now;
    return out;
}

std::string agent_status(std::string_view agent, std::string_view status) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("agentId").text(agent).key("status").text(status).end_object();
    return body;
}

Awaitable<Answer> apply(App& app, Call& call) {
    if (excluded(call.caller)) co_return unexpected{Problem{.code = "role_excluded"}};
    auto body = decode_body<Application>(call.request);
    if (!body) co_return unexpected{body.error()};
    if (auto problem = missing_company_papers(*body)) co_return unexpected{*problem};
    const std::string agent = agent_id_of(call.caller.user).value;
    Command envelope = call.command(
        agent,
        stream_of<Agent>(agent),
        Agent::Command{Agent::Apply{application_of(call, *body)}},
        Role::customer
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (!outcome) co_return unexpected{outcome.error()};
    co_return json_response(agent_status(agent, "PENDING"), 201);
}

std::string render_application(const model::Row& row) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("agentId").text(row.text("id")).key("userId").text(row.text("user_id"));
    out.key("type").text(row.text("type")).key("status").text(row.text("status"));
    out.key("available").boolean(row.boolean("available"));
    write_text(out, "fullName", row, "full_name");
    write_text(out, "phone", row, "phone");
    write_text(out, "nrc", row, "nrc");
    out.key("vehicle").begin_object();
    write_text(out, "type", row, "vehicle_type");
    write_text(out, "registration", row, "registration");
    out.end_object();
    write_text(out, "legalName", row, "legal_name");
    write_text(out, "pacraNumber", row, "pacra_number");
    write_text(out, "reason", row, "reason");
    out.key("documents").raw(row.json("documents"));
    out.key("createdAt").text(to_rfc3339(row.instant("created_at").value_or(Instant{})));
    out.end_object();
    return body;
}

Awaitable<Answer> list(App& app, Call& call, Filter filter) {
    const auto page = page_of(call);
    if (!page) co_return unexpected{page.error()};
    auto good = filter.when_named<AgentType>(call, "type", "type = {}");
    if (good) good = filter.when_named<AgentStatus>(call, "status", "status = {}");
    if (!good) co_return unexpected{good.error()};
    std::string tail = tail_of(*page, filter);
    auto rows =
        co_await read_rows(app, model::tables::agents, std::move(tail), filter.parameters());
    if (!rows) co_return unexpected{rows.error()};
    co_return json_response(page_json(*page, *rows, [](const model::Row& row) {
        return std::optional{render_application(row)};
    }));
}

Awaitable<Answer> list_applications(App& app, Call& call) {
    Filter filter;
    if (!call.query("status")) filter.where("status = 'PENDING'");
    co_return co_await list(app, call, std::move(filter));
}

Awaitable<Answer> list_agents(App& app, Call& call) {
    Filter filter;
    filter.where("status IN ('ACTIVE', 'SUSPENDED')");
    co_return co_await list(app, call, std::move(filter));
}

// Once it is accepted the agent is what was asked for, and a repeat says so again, whatever has
// become of the agent since.
Awaitable<Answer> decide_on(App& app, Call& call, Agent::Command command, std::string_view asked) {
    const std::string agent = call.path("id");
    Command envelope = call.command(
        agent, stream_of<Agent>(agent), AnyCommand{std::move(command)}, Role::platform_admin
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome) co_return json_response(agent_status(agent, asked));
    const auto profile = app.reference.get<Agent>(agent, agent).profile;
    if (!profile || outcome.error().code != "illegal_transition") {
        co_return unexpected{outcome.error()};
    }
    co_return unexpected{illegal_transition(name_of(profile->status), asked)};
}

Awaitable<Answer> approve(App& app, Call& call) {
    auto answer = co_await decide_on(app, call, Agent::Approve{call.now}, "ACTIVE");
    if (!answer) co_return answer;
    const std::string agent = call.path("id");
    const auto profile = app.reference.get<Agent>(agent, agent).profile;
    const std::string user = profile->user.value;
    const bool company = profile->type == AgentType::company;
    const Role role = company ? Role::fleet_manager : Role::delivery_agent;
    auto granted = [&app, user, role] { return app.reference.get<User>(user, user).has(role); };
    co_await until(app.watch, user, granted, role_patience);
    co_return answer;
}

Awaitable<Answer> activate(App& app, Call& call) {
    co_return co_await decide_on(app, call, Agent::Activate{}, "ACTIVE");
}

Awaitable<Answer> reject(App& app, Call& call) {
    auto body = decode_body<Reason>(call.request);
    if (!body) co_return unexpected{body.error()};
    Agent::Command command = Agent::Reject{body->reason.value};
    co_return co_await decide_on(app, call, std::move(command), "REJECTED");
}

Awaitable<Answer> suspend(App& app, Call& call) {
    auto body = decode_body<Reason>(call.request);
    if (!body) co_return unexpected{body.error()};
    Agent::Command command = Agent::Suspend{body->reason.value};
    co_return co_await decide_on(app, call, std::move(command), "SUSPENDED");
}

// Applicants have no role yet and may still ask how it stands; whoever never applied is told what
// the other routes for agents would tell.
Answer profile_reply(const Agent::State& state) {
    if (!state.profile) return unexpected{Problem{.code = "role_required"}};
    const Agent::Profile& agent = *state.profile;
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("agentId").text(agent.agent.value).key("type").text(name_of(agent.type));
    out.key("status").text(name_of(agent.status)).key("available").boolean(agent.available);
    if (agent.status == AgentStatus::rejected && agent.reason) {
        out.key("rejectionReason").text(*agent.reason);
    }
    out.end_object();
    return json_response(std::move(body));
}

Awaitable<Answer> me(App& app, Call& call) {
    const std::string agent = agent_id_of(call.caller.user).value;
    co_return profile_reply(app.reference.get<Agent>(agent, agent));
}

// The agent as of that commit, so that a repeat is answered like the first call.
Agent::State agent_at(App& app, const std::string& agent, std::uint64_t last_seq) {
    const PartitionId partition = app.engine.partition_of_key(agent);
    Agent::State state;
    for (const auto& commit : load_history(app.engine.store(), partition, agent, last_seq)) {
        for (const CommittedEvent& each : commit->events) {
            const auto* event = std::get_if<AgentEvent>(&each.event);
            if (event) state = Agent::evolve(std::move(state), *event);
        }
    }
    return state;
}

Awaitable<Answer> set_availability(App& app, Call& call) {
    auto body = decode_body<Availability>(call.request);
    if (!body) co_return unexpected{body.error()};
    const std::string agent = agent_id_of(call.caller.user).value;
    Command envelope = call.command(
        agent,
        stream_of<Agent>(agent),
        Agent::Command{Agent::SetAvailability{body->available}},
        Role::delivery_agent
    );
    auto outcome = co_await commit(app, call, std::move(envelope));
    if (outcome) co_return profile_reply(agent_at(app, agent, outcome->commit->seq));
    const auto profile = app.reference.get<Agent>(agent, agent).profile;
    if (!profile || outcome.error().code != "illegal_transition") {
        co_return unexpected{outcome.error()};
    }
    co_return unexpected{illegal_transition(name_of(profile->status), "availability")};
}

BoundRoute decision(std::string verb, std::string summary, Shape body, RouteHandler handler) {
    return {
        {.method = "PATCH",
         .pattern = "/api/v1/delivery/admin/agents/:id/" + verb,
         .summary = std::move(summary),
         .tag = "agents",
         .access = any_of({Role::platform_admin}),
         .idempotency = Idempotency::optional,
         .body = std::move(body),
         .reply = {200, "How it stands now.", told("AgentStanding")},
         .problems = {"illegal_transition"}},
        handler
    };
}

BoundRoute listing(std::string what, std::string summary, RouteHandler handler) {
    return {
        {.method = "GET",
         .pattern = "/api/v1/delivery/admin/" + what,
         .summary = std::move(summary),
         .tag = "agents",
         .access = any_of({Role::platform_admin}),
         .query =
             {{"type", "INDIVIDUAL or COMPANY."},
              {"status", "PENDING, ACTIVE, REJECTED or SUSPENDED."},
              {"limit", "1 to 200."},
              {"cursor", "From nextCursor."}},
         .reply = {200, "A page of delivery partners.", list_of("Agent")}},
        handler
    };
}

}  // namespace

std::vector<BoundRoute> agent_routes() {
    const Access agents = any_of({Role::delivery_agent, Role::fleet_manager});
    return {
        {{.method = "POST",
          .pattern = "/api/v1/delivery/apply",
          .summary = "Asks to deliver, as a person or a company.",
          .tag = "agents",
          .access = any_person(),
          .idempotency = Idempotency::optional,
          .body = shape_of<Application>(),
          .reply = {201, "The application, PENDING.", told("AgentStanding")},
          .problems = {"application_exists", "role_excluded"}},
         apply},
        listing("applications", "Applications; PENDING ones unless asked.", list_applications),
        listing("agents", "Approved delivery partners.", list_agents),
        decision("approve", "PENDING becomes ACTIVE.", {}, approve),
        decision("activate", "SUSPENDED becomes ACTIVE.", {}, activate),
        decision("reject", "PENDING becomes REJECTED.", shape_of<Reason>(), reject),
        decision("suspend", "ACTIVE becomes SUSPENDED.", shape_of<Reason>(), suspend),
        {{.method = "GET",
          .pattern = "/api/v1/delivery/agent/me",
          .summary = "My application or partnership.",
          .tag = "agents",
          .access = any_person(),
          .reply = {200, "My profile.", told("AgentProfile")},
          .problems = {"role_required"}},
         me},
        {{.method = "PATCH",
          .pattern = "/api/v1/delivery/agent/availability",
          .summary = "Takes deliveries, or not for now.",
          .tag = "agents",
          .access = agents,
          .idempotency = Idempotency::optional,
          .body = shape_of<Availability>(),
          .reply = {200, "My profile.", told("AgentProfile")},
          .problems = {"illegal_transition"}},
         set_availability},
    };
}

}  // namespace pakashop::api
