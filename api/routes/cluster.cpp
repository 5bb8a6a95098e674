#include <algorithm>
#include <map>

#include "api/answers.hpp"
#include "api/routes/routes.hpp"
#include "handlers/command_codec.hpp"
#include "handlers/membership.hpp"

namespace pakashop::api {
namespace {

using Leaders = std::map<std::string, std::string>;  ///< By lease: the node that holds it.

std::uint64_t sum(const std::vector<std::uint64_t>& places) {
    std::uint64_t out = 0;
    for (const std::uint64_t place : places) out += place;
    return out;
}

// Records behind whoever is furthest: nobody knows better at one moment.
void render_nodes(JsonWriter& out, const std::vector<ClusterNode>& nodes, const Leaders& leaders) {
    std::uint64_t furthest = 0;
    for (const ClusterNode& node : nodes) furthest = std::max(furthest, sum(node.places));
    out.key("nodes").begin_array();
    for (const ClusterNode& node : nodes) {
        const auto leads = std::ranges::count_if(leaders, [&](const auto& lease) {
            return lease.second == node.node && lease.first.starts_with("partition-");
        });
        out.begin_object().key("node").text(node.node).key("address").text(node.address);
        out.key("leading").boolean(leads > 0).key("partitions").integer(leads);
        out.key("duties").begin_array();
        for (const auto& [lease, holder] : leaders) {
            if (holder == node.node && !lease.starts_with("partition-")) out.text(lease);
        }
        out.end_array();
        out.key("lag").integer(static_cast<std::int64_t>(furthest - sum(node.places)));
        out.key("silentMs").integer(node.silent.ms).end_object();
    }
    out.end_array();
}

void render_partitions(JsonWriter& out, Engine& engine, const Leaders& leaders) {
    out.key("partitions").begin_array();
    for (std::uint32_t i = 0; i < engine.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const AdmissionState state = engine.store().state(partition);
        const auto leader = leaders.find(lease_of(partition));
        out.begin_object().key("partition").integer(i);
        out.key("epoch").integer(static_cast<std::int64_t>(state.epoch));
        out.key("position").integer(static_cast<std::int64_t>(state.place.seq));
        out.key("leader");
        leader == leaders.end() ? out.null() : out.text(leader->second);
        out.end_object();
    }
    out.end_array();
}

Awaitable<Answer> cluster(App& app, Call&) {
    const auto view = co_await on_pool(app.pool, [&app] { return app.cluster_view(); });
    if (!view) {
        co_return unexpected{Problem{
            .code = "read_model_unavailable", .detail = "PostgreSQL is away.", .retry_after_s = 5
        }};
    }
    Leaders leaders;
    for (const Lease& lease : view->leases) leaders[lease.name] = lease.node;
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    render_nodes(out, view->nodes, leaders);
    render_partitions(out, app.engine, leaders);
    out.end_object();
    co_return json_response(std::move(body));
}

// Another node passed them on: what is not led here goes back, and no further.
Awaitable<Answer> decide(App& app, Call& call) {
    auto commands = decode_commands(call.request.body);
    if (!commands) {
        co_return unexpected{Problem{
            .code = "malformed_json", .detail = "These are no commands of this release's format."
        }};
    }
    std::vector<TravellingOutcome> travelling;
    for (Outcome& outcome : co_await ask_all(app.engine, *std::move(commands))) {
        std::string record;
        if (const auto& commit = outcome.commit) {
            record = app.engine.store().record(commit->partition, commit->seq).value_or("");
        }
        travelling.push_back({std::move(outcome), std::move(record)});
    }
    co_return json_response(encode_outcomes(travelling));
}

}  // namespace

std::vector<BoundRoute> cluster_routes() {
    return {
        {{.method = "GET",
          .pattern = "/api/v1/admin/cluster",
          .summary = "The nodes, and who leads which partition, as the node asked knows it.",
          .tag = "system",
          .access = any_of({Role::platform_admin}),
          .anywhere = true,
          .reply =
              {200,
               "Lag is in records, behind the node that is furthest.",
               told(R"({nodes:[{node, address, leading:boolean, partitions:integer, duties:[text],
              lag:integer, silentMs:integer}],
              partitions:[{partition:integer, epoch:integer, position:integer,
              leader:text|null}]})")}},
         cluster},
        {{.method = "POST",
          .pattern = "/api/v1/internal/commands",
          .summary = "Commands that another node passes on to the one that decides.",
          .tag = "system",
          .access = internal_key(),
          .anywhere = true,
          .body = told("[any]"),
          .reply = {200, "Their outcomes, in order.", told("[any]")}},
         decide},
    };
}

}  // namespace pakashop::api
