"use strict";

const page = document.getElementById("swagger-ui");

SwaggerUIBundle({
  url: page.dataset.swagger,
  domNode: page,
  validatorUrl: null,
});
