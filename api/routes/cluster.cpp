#include <algorithm>

#include "api/answers.hpp"
#include "api/routes/routes.hpp"

namespace pakashop::api {
namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& places) {
    std::uint64_t out = 0;
    for (const std::uint64_t place : places) out += place;
    return out;
}

// Records behind whoever is furthest: nobody knows better at one moment.
void render_nodes(JsonWriter& out, const std::vector<ClusterNode>& nodes) {
    std::uint64_t furthest = 0;
    for (const ClusterNode& node : nodes) furthest = std::max(furthest, sum(node.places));
    out.key("nodes").begin_array();
    for (const ClusterNode& node : nodes) {
        out.begin_object().key("node").text(node.node).key("address").text(node.address);
        out.key("leading").boolean(node.leading);
        out.key("lag").integer(static_cast<std::int64_t>(furthest - sum(node.places)));
        out.key("silentMs").integer(node.silent.ms).end_object();
    }
    out.end_array();
}

void render_partitions(JsonWriter& out, Engine& engine, const std::string& leader) {
    out.key("partitions").begin_array();
    for (std::uint32_t i = 0; i < engine.partitions(); ++i) {
        const AdmissionState state = engine.store().state(static_cast<PartitionId>(i));
        out.begin_object().key("partition").integer(i);
        out.key("epoch").integer(static_cast<std::int64_t>(state.epoch));
        out.key("position").integer(static_cast<std::int64_t>(state.place.seq));
        out.key("leader");
        leader.empty() ? out.null() : out.text(leader);
        out.end_object();
    }
    out.end_array();
}

Awaitable<Answer> cluster(App& app, Call&) {
    const auto nodes = co_await on_pool(app.pool, [&app] { return app.nodes(); });
    if (!nodes) {
        co_return unexpected{Problem{
            .code = "read_model_unavailable", .detail = "PostgreSQL is away.", .retry_after_s = 5
        }};
    }
    const auto leading = std::ranges::find(*nodes, true, &ClusterNode::leading);
    std::string body;
    JsonWriter out{body};
    out.begin_object();
    render_nodes(out, *nodes);
    render_partitions(out, app.engine, leading == nodes->end() ? "" : leading->node);
    out.end_object();
    co_return json_response(std::move(body));
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
               told(R"({nodes:[{node, address, leading:boolean, lag:integer, silentMs:integer}],
              partitions:[{partition:integer, epoch:integer, position:integer,
              leader:text|null}]})")}},
         cluster},
    };
}

}  // namespace pakashop::api
