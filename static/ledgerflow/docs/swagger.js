"use strict";

// What the page says on its element: where the document is, and the project's settings of Swagger UI.
const page = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
    url: page.dataset.schema,
    dom_id: "#swagger-ui",
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    ...JSON.parse(page.dataset.settings),
});
