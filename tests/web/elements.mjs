// A stand-in for the little of a document that scripts build with: elements that write themselves as markup.

class Element {
  constructor(name) {
    this.name = name;
    this.attributes = "";
    this.children = [];
  }
  setAttribute(name, value) {
    this.attributes += ` ${name}="${value}"`;
  }
  append(...children) {
    this.children.push(...children);
  }
  toString() {
    return `<${this.name}${this.attributes}>${this.children.join("")}</${this.name}>`;
  }
}

export const elements = {
  createElement: (name) => new Element(name),
  createElementNS: (_, name) => new Element(name),
};
