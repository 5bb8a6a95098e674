#include <algorithm>

#include "api/documents.hpp"
#include "api/yaml.hpp"
#include "events/public_view.hpp"

namespace pakashop::api {
namespace {

constexpr std::string_view about =
    "Every fact of the marketplace, as CloudEvents 1.0 in Kafka's binary mode. A message's key is "
    "its partition key, for instance an order's id; messages of one key are in order within a "
    "topic, and ce_sequence orders those of one partition across all topics. A message that comes "
    "again carries a ce_sequence that is not greater than the last one of its ce_source seen in "
    "its topic: drop it. Another generation in ce_source means that the log has grown: the topics "
    "were made anew and hold the whole history once more, each event with its old ce_id, so begin "
    "anew with them. Personal fields are never published.";

/// An attribute that every message has as a header, and the pattern of its value.
struct Attribute {
    std::string_view header;
    std::string_view description;
    std::string_view pattern;
};
constexpr Attribute attributes[] = {
    {"ce_id", "The event's id; with ce_source it is unique.", "^evt_[0-9a-f]{32}$"},
    {"ce_source", "The log's generation and partition.", "^urn:pakashop:log:.+:[0-9]+$"},
    {"ce_subject", "The stream it happened to, order:ord_1.", "^[a-z_]+:.+$"},
    {"ce_time", "When, RFC 3339 in UTC.", "^[0-9-]{10}T[0-9:.]{12}Z$"},
    {"ce_sequence", "Its position within ce_source; compare as text.", "^[0-9]{16}[.][0-9]{5}$"},
};

std::string topic_of(std::string_view family) { return "pakashop.events." + std::string{family}; }

std::string_view name_behind_family(std::string_view type) {
    return type.substr(type.find('.') + 1);
}

void write_ref(JsonWriter& out, std::string_view path, std::string_view name) {
    out.begin_object().key("$ref").text(std::string{path} + std::string{name}).end_object();
}

void write_constant(JsonWriter& out, std::string_view header, std::string_view value) {
    out.key(header).begin_object().key("type").text("string").key("const").text(value);
    out.end_object();
}

void write_headers(JsonWriter& out, std::string_view type) {
    out.key("headers").begin_object().key("type").text("object").key("properties").begin_object();
    write_constant(out, "content-type", "application/json");
    write_constant(out, "ce_specversion", "1.0");
    write_constant(out, "ce_type", type);
    for (const Attribute& each : attributes) {
        out.key(each.header).begin_object().key("type").text("string");
        out.key("description").text(each.description).key("pattern").text(each.pattern);
        out.end_object();
    }
    out.key("ce_traceparent").begin_object().key("type").text("string");
    out.key("description").text("W3C trace context of what caused it, if known.").end_object();
    out.end_object().key("required").begin_array();
    for (const auto name : {"content-type", "ce_specversion", "ce_type"}) out.text(name);
    for (const Attribute& each : attributes) out.text(each.header);
    out.end_array().end_object();
}

void write_message(JsonWriter& out, std::string_view type) {
    out.key(type).begin_object().key("name").text(type);
    out.key("title").text(name_behind_family(type)).key("contentType").text("application/json");
    write_headers(out, type);
    out.key("payload");
    write_ref(out, "#/components/schemas/", type);
    out.key("bindings").begin_object().key("kafka").begin_object().key("key").begin_object();
    out.key("type").text("string").key("description").text("The partition key.").end_object();
    out.key("bindingVersion").text("0.5.0").end_object().end_object().end_object();
}

void write_channel(
    JsonWriter& out,
    std::string_view family,
    const std::vector<EventSchema>& schemas
) {
    out.key(family).begin_object().key("address").text(topic_of(family));
    out.key("messages").begin_object();
    for (const EventSchema& each : schemas) {
        if (family_of(each.type) != family) continue;
        out.key(each.type);
        write_ref(out, "#/components/messages/", each.type);
    }
    out.end_object().key("bindings").begin_object().key("kafka").begin_object();
    out.key("topic").text(topic_of(family)).key("bindingVersion").text("0.5.0");
    out.end_object().end_object().end_object();
}

void write_operation(JsonWriter& out, std::string_view family) {
    out.key("publish_" + std::string{family}).begin_object().key("action").text("send");
    out.key("channel");
    write_ref(out, "#/channels/", family);
    out.end_object();
}

void write_info(JsonWriter& out, std::string_view version) {
    out.key("asyncapi").text("3.0.0").key("id").text("urn:pakashop:events");
    out.key("info").begin_object().key("title").text("Pakashop events");
    out.key("version").text(version).key("description").text(about).end_object();
    out.key("defaultContentType").text("application/json");
    out.key("servers").begin_object().key("kafka").begin_object();
    out.key("host").text("{brokers}").key("protocol").text("kafka");
    out.key("variables").begin_object().key("brokers").begin_object();
    out.key("description").text("The brokers that PAKASHOP_EGRESS names.").end_object();
    out.end_object().end_object().end_object();
}

void write_components(JsonWriter& out, const std::vector<EventSchema>& schemas) {
    out.key("components").begin_object().key("messages").begin_object();
    for (const EventSchema& each : schemas) write_message(out, each.type);
    out.end_object().key("schemas").begin_object();
    for (const EventSchema& each : schemas) out.key(each.type).raw(each.schema);
    out.end_object().end_object();
}

}  // namespace

std::string asyncapi_document(std::string_view version) {
    const auto schemas = public_schemas();
    std::string json;
    JsonWriter out{json};
    out.begin_object();
    write_info(out, version);
    out.key("channels").begin_object();
    for (const auto family : published_families()) write_channel(out, family, schemas);
    out.end_object().key("operations").begin_object();
    for (const auto family : published_families()) write_operation(out, family);
    out.end_object();
    write_components(out, schemas);
    out.end_object();
    return yaml_of(json);
}

std::optional<std::string> event_schema_document(std::string_view type) {
    const auto schemas = public_schemas();
    const auto found = std::ranges::find(schemas, type, &EventSchema::type);
    if (found == schemas.end()) return std::nullopt;
    std::string json;
    JsonWriter out{json};
    out.begin_object().key("$schema").text("https://json-schema.org/draft/2020-12/schema");
    out.key("title").text(type);
    json += ',';
    json.append(found->schema, 1);  // The rest of the object, from behind its bracket on.
    return json;
}

}  // namespace pakashop::api
